import { type AliasedRawBuilder, type Compilable, type CompiledQuery, sql } from 'kysely'
import type { DbOrTrx } from '../../db/handle.ts'
import { epochMillis } from '../../db/time.ts'
import { anyOf, type LoadedUser, userColumns } from '../users.repository.ts'
import type { Alongside } from './alongside.ts'

const times = ['claims_issued_at', 'last_login_at', 'tokens_valid_after', 'created_at', 'updated_at'] as const

const selectedColumns = userColumns
  .filter(column => !times.some(time => time === column))
  .map(column => `u.${column}` as const)

/** As numbers, whatever the host's `DateStyle` and type parsers are. */
const selectedTimes = times.map(column => epochMillis(`u.${column}`).as(column))

/** Nothing is read alongside. */
const nothing: Alongside = () => sql<null>`null::text`

/**
 * Direct grants and those of the person's groups, of the row `u` around it; served by the primary
 * keys of the grant tables. Two arrays instead of a UNION, and an array instead of a join: see `selectByIdentities`.
 */
function permissionsOf(db: DbOrTrx): AliasedRawBuilder<string[], 'permissions'> {
  const u = sql.ref<string>('u.id')
  const direct = db.selectFrom('accounts_user_permission as p').select('p.permission').where('p.user_id', '=', u)
  const groups = db.selectFrom('accounts_user_group as g').select('g.group_id').where('g.user_id', '=', u)
  const byGroup = db
    .selectFrom('accounts_group_permission as gp')
    .select('gp.permission')
    .where('gp.group_id', '=', sql<string>`any(array(${groups}))`)
  return sql<string[]>`array(${direct}) || array(${byGroup})`.as('permissions')
}

/**
 * The people behind these identities, by `accounts_user.auth0_id` or by `accounts_identity`; unknown
 * identities are left out. `is_active` is not looked at.
 *
 * PostgreSQL plans this at every call, which takes longer than running it, so it has no UNION and no join: with
 * them (own and linked people as two selects, each with its grants) it took 2.2 times as long for one identity and 1.5
 * times for fifty, of which a named prepared statement gained back a quarter. Links are looked up once for all: once for
 * each person touched two to four pages more of each, and took a fifth longer for fifty of ten million.
 */
export async function selectByIdentities(
  db: DbOrTrx,
  subjects: readonly string[],
  alongside: Alongside = nothing,
): Promise<ReadonlyMap<string, LoadedUser>> {
  const query = compiledFor(db, alongside)
  const { rows } = await db.executeQuery<FoundRow>({ ...query, parameters: query.parameters.map(() => subjects) })
  return bySubject(rows, new Set(subjects))
}

/** Kysely needs longer to build and compile it than for anything else that is done here for ten people. */
const compiled = new WeakMap<Alongside, WeakMap<DbOrTrx, CompiledQuery<FoundRow>>>()

function compiledFor(db: DbOrTrx, alongside: Alongside): CompiledQuery<FoundRow> {
  let byHandle = compiled.get(alongside)
  if (byHandle === undefined) {
    byHandle = new WeakMap()
    compiled.set(alongside, byHandle)
  }
  const query = byHandle.get(db) ?? byIdentities(db, alongside).compile()
  byHandle.set(db, query)
  return query
}

/** Its parameters are the list of identities, each time it is used. */
function byIdentities(db: DbOrTrx, alongside: Alongside): Compilable<FoundRow> {
  const asked = anyOf([])
  const linked = db.with(
    cte => cte('linked').materialized(),
    with_ => with_.selectFrom('accounts_identity').select(['auth0_id', 'user_id']).where('auth0_id', '=', asked),
  )
  return linked
    .selectFrom('accounts_user as u')
    .select(selectedColumns)
    .select(selectedTimes)
    .select(permissionsOf(db))
    .select(alongside(db, sql.ref<string>('u.id')).as('alongside'))
    .select(eb =>
      sql<string[]>`array(${eb.selectFrom('linked as l').select('l.auth0_id').whereRef('l.user_id', '=', 'u.id')})`.as(
        'linked',
      ),
    )
    .where(eb =>
      eb.or([
        eb('u.auth0_id', '=', asked),
        eb('u.id', '=', sql<string>`any(array(${eb.selectFrom('linked').select('user_id')}))`),
      ]),
    )
}

interface FoundRow extends LoadedUser {
  readonly linked: readonly string[]
}

/** By the identities that were asked for; where one is both, the person that it is linked to counts. */
function bySubject(rows: readonly FoundRow[], asked: ReadonlySet<string>): ReadonlyMap<string, LoadedUser> {
  const found = new Map<string, LoadedUser>()
  for (const row of rows) if (row.auth0_id !== null && asked.has(row.auth0_id)) found.set(row.auth0_id, row)
  for (const row of rows) for (const subject of row.linked) found.set(subject, row)
  return found
}
