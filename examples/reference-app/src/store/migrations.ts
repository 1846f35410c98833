import { type Kysely, type Migration, sql } from 'kysely'

export const storeMigrations: Readonly<Record<string, Migration>> = {
  store_0001_assets: { up: createAssets },
  store_0002_access_requests: { up: createAccessRequests },
}

async function createAssets(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table store_asset (
      id uuid primary key default gen_random_uuid(),
      position bigint generated always as identity unique,
      owner_id uuid references accounts_user (id),
      external_id text,
      title text not null,
      summary text not null,
      description text not null,
      kind text not null check (kind in ('photo', 'illustration', 'audio', 'font', 'dataset')),
      creator text not null,
      terms text not null,
      price_cents integer not null check (price_cents >= 0),
      currency char(3) not null,
      search_text text not null,
      search tsvector not null generated always as (to_tsvector('simple', search_text)) stored,
      version integer not null default 1,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now(),
      withdrawn_at timestamptz,
      unique (owner_id, external_id)
    )`.execute(db)
  await sql`create index store_asset_search on store_asset using gin (search)`.execute(db)
  await sql`create index store_asset_kind on store_asset (kind, position desc)`.execute(db)
}

async function createAccessRequests(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table store_access_request (
      id uuid primary key default gen_random_uuid(),
      position bigint generated always as identity unique,
      asset_id uuid not null references store_asset (id),
      user_id uuid not null references accounts_user (id),
      purpose text not null,
      status text not null default 'pending' check (status in ('pending', 'approved', 'refused', 'withdrawn')),
      reason text,
      decided_by uuid references accounts_user (id),
      created_at timestamptz not null default now(),
      decided_at timestamptz
    )`.execute(db)
  // However many processes ask at once: one pending request for a person and an asset.
  await sql`
    create unique index store_access_request_one_pending on store_access_request (user_id, asset_id)
    where status = 'pending'`.execute(db)
  await sql`create index store_access_request_user on store_access_request (user_id, position desc)`.execute(db)
  await sql`create index store_access_request_status on store_access_request (status, position desc)`.execute(db)
  await sql`create index store_access_request_asset on store_access_request (asset_id)`.execute(db)
  await sql`create index store_access_request_decided_by on store_access_request (decided_by)`.execute(db)
}
