import { type Kysely, type Migration, sql } from 'kysely'
import { Auth0UsersError } from '../../errors.ts'
import { addressKeySql, addressPresentSql } from '../address.ts'
import type { Names } from '../names.ts'

/**
 * One address, one user: a unique index over what addresses are compared by. It also serves the search by
 * email, so the index for that is dropped, and so is the unique index over the exact text where it is
 * ours: a constraint of the host's stays.
 */
export function addressesMigration(names: Names): Migration {
  const user = names.qualified('user')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await trimAddresses(db, names)
      await refuseCollisions(db, names)
      await sql`
        create unique index if not exists ${names.local('user_address_key')} on ${user} ((${sql.raw(addressKeySql)}))
        where ${sql.raw(addressPresentSql)}`.execute(db)
      await dropIndex(db, names, 'user_search_email')
      await dropIndex(db, names, 'user_email_key')
    },
  }
}

/** As they are written from now on. */
async function trimAddresses(db: Kysely<unknown>, names: Names): Promise<void> {
  const trimmed = sql`btrim(email, E' \t\n\r\f\v')`
  await sql`update ${names.qualified('user')} set email = ${trimmed} where email <> ${trimmed}`.execute(db)
}

async function refuseCollisions(db: Kysely<unknown>, names: Names): Promise<void> {
  const { rows } = await sql<{ n: string }>`
    select count(*)::text as n from (
      select 1 from ${names.qualified('user')} where ${sql.raw(addressPresentSql)}
      group by ${sql.raw(addressKeySql)} having count(*) > 1
    ) collisions`.execute(db)
  const count = rows[0]?.n ?? '0'
  if (count === '0') return
  const message =
    `must be unique without regard to the case of ASCII letters, but ${count} addresses occur in several rows; ` +
    'list and solve them with `npx fastify-auth0-users address-conflicts`'
  throw new Auth0UsersError('A0U_MIGRATION_REFUSED', { faults: [{ field: `${names.plain('user')}.email`, message }] })
}

/** Only an index of ours: one that stands behind a constraint belongs to the host. */
async function dropIndex(db: Kysely<unknown>, names: Names, name: string): Promise<void> {
  const { rows } = await sql`
    select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_index i on i.indexrelid = c.oid
    where c.relname = ${names.plain(name)} and n.nspname = coalesce(${names.schema ?? null}::text, current_schema())
      and not exists (select from pg_constraint o where o.conindid = c.oid)`.execute(db)
  if (rows.length > 0) await sql`drop index ${names.qualified(name)}`.execute(db)
}
