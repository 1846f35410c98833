import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** Sessions at Auth0 that were logged out, as SHA-256 of their ids: nothing begins with them any more. */
export function endedSidsMigration(names: Names): Migration {
  const table = names.qualified('ended_sid')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${table} (
          sid_hash bytea primary key check (length(sid_hash) = 32),
          expires_at timestamptz not null
        )`.execute(db)
      await sql`create index ${names.local('ended_sid_expires_at')} on ${table} (expires_at)`.execute(db)
    },
  }
}
