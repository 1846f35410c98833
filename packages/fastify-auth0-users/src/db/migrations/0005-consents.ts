import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** The history of consents; the newest row of a (user, purpose) is the one in force. */
export function consentsMigration(names: Names): Migration {
  const consent = names.qualified('consent')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${consent} (
          id bigint generated always as identity primary key,
          user_id uuid not null references ${names.qualified('user')} (id) on delete cascade,
          purpose varchar(100) not null,
          version varchar(100) not null,
          granted boolean not null,
          method varchar(20),
          request_id text,
          at timestamptz not null default now()
        )`.execute(db)
      await sql`create index ${names.local('consent_user_id_purpose_id')} on ${consent} (user_id, purpose, id desc)`.execute(
        db,
      )
    },
  }
}
