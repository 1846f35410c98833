import { type Kysely, type Migration, sql } from 'kysely'

export const outboxMigrations: Readonly<Record<string, Migration>> = {
  outbox_0001_messages: { up: createMessages },
  demo_0001_seed: { up: createSeed },
}

async function createMessages(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table outbox_message (
      position bigint generated always as identity primary key,
      user_id uuid not null references accounts_user (id),
      kind text not null,
      subject text not null,
      body text not null,
      about text not null,
      created_at timestamptz not null default now(),
      unique (kind, about)
    )`.execute(db)
  await sql`create index outbox_message_user on outbox_message (user_id)`.execute(db)
  await sql`create index outbox_message_created on outbox_message (created_at)`.execute(db)
}

async function createSeed(db: Kysely<unknown>): Promise<void> {
  await sql`create table demo_seed (name text primary key)`.execute(db)
}
