import { type Kysely, type Migration, sql } from 'kysely'

/** For `default`: the view that a replica of it offers under the same name. */
export const platformViewMigrations: Readonly<Record<string, Migration>> = {
  store_0004_platform_view: { up: createView },
}

/** For a `platform_replica` that this app keeps in step itself. */
export const platformMigrations: Readonly<Record<string, Migration>> = {
  platform_0001_assets: { up: createCopy },
}

async function createView(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view platform_asset as
    select id, position, owner_id, external_id, title, summary, description, kind, creator, terms, price_cents,
      currency, version, created_at, updated_at
    from store_asset where withdrawn_at is null`.execute(db)
}

async function createCopy(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table platform_asset (
      id uuid primary key,
      position bigint not null unique,
      owner_id uuid,
      external_id text,
      title text not null,
      summary text not null,
      description text not null,
      kind text not null,
      creator text not null,
      terms text not null,
      price_cents integer not null,
      currency char(3) not null,
      version integer not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    )`.execute(db)
}
