import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/**
 * What Auth0 pushed: the messages that were taken, so that a repeat is known, and what they said of an identity
 * last, so that an old message never overrides a newer one. Ids and subjects are kept as SHA-256.
 */
export function auth0EventsMigration(names: Names): Migration {
  const event = names.qualified('auth0_event')
  const subject = names.qualified('auth0_subject')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${event} (
          id_hash bytea primary key check (length(id_hash) = 32),
          outcome varchar(20) not null,
          expires_at timestamptz not null
        )`.execute(db)
      await sql`create index ${names.local('auth0_event_expires_at')} on ${event} (expires_at)`.execute(db)
      await sql`
        create table ${subject} (
          subject_hash bytea primary key check (length(subject_hash) = 32),
          present_order varchar(40),
          deleted_order varchar(40),
          unlinked boolean not null default false,
          field_orders jsonb not null default '{}',
          blocked boolean not null default false,
          blocked_order varchar(40),
          deactivated boolean not null default false,
          expires_at timestamptz
        )`.execute(db)
      await sql`
        create index ${names.local('auth0_subject_expires_at')} on ${subject} (expires_at)
        where expires_at is not null`.execute(db)
    },
  }
}
