import { type AliasedRawBuilder, type RawBuilder, type Selectable, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { UserTable } from '../db/schema.ts'

/** What authentication reads of a person: the row and every permission granted directly or by a group. */
export type UserRow = Selectable<UserTable> & { readonly permissions: string[] }

/** The same, with the identity it was asked for. */
export type IdentityRow = UserRow & { readonly subject: string }

const userColumns = [
  'u.id',
  'u.auth0_id',
  'u.username',
  'u.email',
  'u.email_verified',
  'u.first_name',
  'u.last_name',
  'u.profile_data',
  'u.is_active',
  'u.is_staff',
  'u.is_superuser',
  'u.is_platform',
  'u.edited_fields',
  'u.claims_issued_at',
  'u.last_login_at',
  'u.last_seen_at',
  'u.tokens_valid_after',
  'u.anonymised_at',
  'u.created_at',
  'u.updated_at',
] as const

/**
 * Direct grants and those of the person's groups, of the row `u` around it; answered by the primary
 * keys of the grant tables.
 */
function permissionsOf(db: DbOrTrx): AliasedRawBuilder<string[], 'permissions'> {
  const u = sql.ref<string>('u.id')
  const direct = db.selectFrom('accounts_user_permission as p').select('p.permission').where('p.user_id', '=', u)
  const byGroup = db
    .selectFrom('accounts_user_group as g')
    .innerJoin('accounts_group_permission as gp', 'gp.group_id', 'g.group_id')
    .select('gp.permission')
    .where('g.user_id', '=', u)
  return sql<string[]>`array(${direct.union(byGroup)})`.as('permissions')
}

/**
 * The people behind these identities, by `accounts_user.auth0_id` or by `accounts_identity`; the
 * order is the database's, and unknown identities are left out. `is_active` is not looked at.
 */
export async function selectByIdentities(db: DbOrTrx, subjects: readonly string[]): Promise<IdentityRow[]> {
  const permissions = permissionsOf(db)
  const own = db
    .selectFrom('accounts_user as u')
    .select(userColumns)
    .select(eb => [eb.ref('u.auth0_id').$notNull().as('subject'), permissions])
    .where('u.auth0_id', '=', anyOf(subjects))
  const linked = db
    .selectFrom('accounts_identity as i')
    .innerJoin('accounts_user as u', 'u.id', 'i.user_id')
    .select(userColumns)
    .select(['i.auth0_id as subject', permissions])
    .where('i.auth0_id', '=', anyOf(subjects))
  return await own.unionAll(linked).execute()
}

/** `= any($1)` with one array parameter, so the statement's text is the same for every batch size. */
function anyOf(values: readonly string[]): RawBuilder<string> {
  return sql<string>`any(${[...values]}::text[])`
}

export interface NewUser {
  readonly auth0_id: string
  readonly username: string
  readonly email: string | null
  readonly email_verified: boolean
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: Readonly<Record<string, unknown>>
  readonly edited_fields: string[]
  readonly claims_issued_at: Date
}

/**
 * Inserts people in the given order with one statement, each unless a unique column is taken, now or
 * by a transaction that commits while we wait, or the identity is linked to somebody. Answers the
 * rows that were made. The people are one JSON parameter, so the statement's text is always the same.
 */
export async function insertUsers(trx: Trx, users: readonly NewUser[]): Promise<UserRow[]> {
  const given = trx
    .selectFrom(sql<NewUser>`json_to_recordset(${JSON.stringify(users)}::json)`.as<'n'>(newUserRecord))
    .select(['n.auth0_id', 'n.username', 'n.email', 'n.email_verified', 'n.first_name', 'n.last_name'])
    .select(['n.profile_data', 'n.edited_fields', 'n.claims_issued_at', sql<Date>`now()`.as('last_login_at')])
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('accounts_identity as i').select('i.user_id').whereRef('i.auth0_id', '=', 'n.auth0_id'))),
    )
  const rows = await trx
    .insertInto('accounts_user')
    .columns(newUserColumns)
    .expression(given)
    .onConflict(conflict => conflict.doNothing())
    .returningAll()
    .execute()
  return rows.map(row => ({ ...row, permissions: [] }))
}

const newUserColumns = [
  ...(['auth0_id', 'username', 'email', 'email_verified', 'first_name', 'last_name'] as const),
  ...(['profile_data', 'edited_fields', 'claims_issued_at', 'last_login_at'] as const),
]

/** What stands in the JSON, as PostgreSQL reads it. */
const newUserRecord = sql`n(auth0_id text, username text, email text, email_verified boolean, first_name text,
  last_name text, profile_data jsonb, edited_fields text[], claims_issued_at timestamptz)`

/** Those of the identities that have a person by now. */
export async function selectKnown(trx: Trx, subjects: readonly string[]): Promise<string[]> {
  const own = trx
    .selectFrom('accounts_user')
    .select(eb => eb.ref('auth0_id').$notNull().as('subject'))
    .where('auth0_id', '=', anyOf(subjects))
  const linked = trx
    .selectFrom('accounts_identity')
    .select('auth0_id as subject')
    .where('auth0_id', '=', anyOf(subjects))
  const rows = await own.union(linked).execute()
  return rows.map(({ subject }) => subject)
}

export interface Holder {
  readonly id: string
  readonly email: string | null
  readonly email_verified: boolean
}

/** Who holds the username or the email that an insert wanted. */
export async function selectHolders(trx: Trx, wanted: NewUser): Promise<Holder[]> {
  return await trx
    .selectFrom('accounts_user')
    .select(['id', 'email', 'email_verified'])
    .where(eb =>
      eb.or([eb('username', '=', wanted.username), ...(wanted.email === null ? [] : [eb('email', '=', wanted.email)])]),
    )
    .execute()
}

/** Links one more identity to a person; false when the identity was linked already. */
export async function insertIdentity(trx: Trx, subject: string, userId: string): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_identity')
    .values({ auth0_id: subject, user_id: userId })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Columns that a token may change; `null` is never among them: an absent claim blanks nothing. */
export interface UserChanges {
  email?: string
  email_verified?: boolean
  first_name?: string
  last_name?: string
}

/** The columns that a token may change, as they are now; nobody else writes them until the transaction ends. */
export async function lockMapped(trx: Trx, userId: string): Promise<MappedRow | undefined> {
  return await trx
    .selectFrom('accounts_user')
    .select(['email', 'email_verified', 'first_name', 'last_name'])
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
}

export type MappedRow = Pick<UserRow, keyof UserChanges>

/** Writes the changed columns, unless a newer token was applied in between. */
export async function updateFromToken(
  trx: Trx,
  userId: string,
  changes: UserChanges,
  issuedAt: Date,
): Promise<UserRow | undefined> {
  const row = await trx
    .updateTable('accounts_user')
    .set({ ...changes, claims_issued_at: issuedAt, updated_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .where(eb => eb.or([eb('claims_issued_at', 'is', null), eb('claims_issued_at', '<=', issuedAt)]))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : { ...row, permissions: [] }
}
