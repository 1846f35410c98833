import { type Kysely, type Migration, sql } from 'kysely'

export const qaCrawlerMigrations: Readonly<Record<string, Migration>> = {
  qa_crawler_0001_runs: { up: createRuns },
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table qa_crawler_run (
      id uuid primary key default gen_random_uuid(),
      position bigint generated always as identity unique,
      start_url text not null,
      status text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed')),
      pages_checked integer not null default 0,
      broken_links integer not null default 0,
      requested_by uuid not null,
      created_at timestamptz not null default now(),
      finished_at timestamptz
    )`.execute(db)
  await sql`create index qa_crawler_run_open on qa_crawler_run (created_at) where status = 'queued'`.execute(db)
}
