import { type Kysely, type Migration, sql } from 'kysely'

export const digitalPrMigrations: Readonly<Record<string, Migration>> = {
  digital_pr_0001_campaigns: { up: createCampaigns },
}

async function createCampaigns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table digital_pr_campaign (
      id uuid primary key default gen_random_uuid(),
      position bigint generated always as identity unique,
      name text not null,
      status text not null default 'draft' check (status in ('draft', 'running', 'closed')),
      mentions integer not null default 0 check (mentions >= 0),
      reach integer not null default 0 check (reach >= 0),
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db)
}
