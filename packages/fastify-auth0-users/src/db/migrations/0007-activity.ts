import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/**
 * When people were last seen, and the indexes that searching them by prefix uses. The collation
 * "C" makes an index serve both the range of a prefix and the order of a page, whatever the
 * database's own collation is. `fillfactor` leaves space for the new version of a row next to the old
 * one, so that recording when a user was seen writes no index.
 */
export function activityMigration(names: Names): Migration {
  const user = names.qualified('user')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`alter table ${user} add column if not exists last_seen_at timestamptz`.execute(db)
      await sql`alter table ${user} set (fillfactor = 90)`.execute(db)
      for (const [name, key] of Object.entries(searchKeys)) {
        await sql`create index ${names.local(`user_search_${name}`)} on ${user} ((${sql.raw(key)}), id)`.execute(db)
      }
    },
  }
}

/**
 * What users are found by; the queries of users/directory/directory.repository.ts repeat these expressions, but for the
 * email: since `accounts_0012_addresses` the index of db/address.ts serves it.
 */
export const searchKeys = {
  email: `lower(email) collate "C"`,
  username: `lower(username) collate "C"`,
  name: `lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '')) collate "C"`,
  last_name: `lower(last_name) collate "C"`,
} as const
