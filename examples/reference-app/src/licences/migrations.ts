import { type Kysely, type Migration, sql } from 'kysely'

export const licenceMigrations: Readonly<Record<string, Migration>> = {
  store_0003_licences: { up: createLicences },
}

async function createLicences(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table store_licence (
      id uuid primary key default gen_random_uuid(),
      position bigint generated always as identity unique,
      request_id uuid not null unique references store_access_request (id),
      asset_id uuid not null references store_asset (id),
      user_id uuid not null references accounts_user (id),
      granted_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`.execute(db)
  await sql`create index store_licence_user on store_licence (user_id, position desc)`.execute(db)
  await sql`create index store_licence_expires on store_licence (expires_at)`.execute(db)
  await sql`create index store_licence_asset on store_licence (asset_id)`.execute(db)
}
