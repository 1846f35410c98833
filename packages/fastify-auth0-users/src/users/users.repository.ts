import { type RawBuilder, type Selectable, sql } from 'kysely'
import { isAddressOf } from '../db/address.ts'
import type { Trx } from '../db/handle.ts'
import type { UserTable } from '../db/schema.ts'

/** A row of `accounts_user` as authentication reads it, without grants. */
export type AccountRow = Pick<Selectable<UserTable>, UserColumn>

/** A row with every permission granted directly or by a group. */
export interface LoadedUser extends AccountRow {
  /** One that was granted twice occurs twice. */
  readonly permissions: string[]
  /** What another module read with the row; absent where it was not read. */
  readonly alongside?: string | null
}

/** Their names, as authentication reads them. */
export const userColumns = [
  'id',
  'auth0_id',
  'username',
  'email',
  'email_verified',
  'first_name',
  'last_name',
  'profile_data',
  'is_active',
  'is_staff',
  'is_superuser',
  'is_platform',
  'edited_fields',
  'claims_issued_at',
  'last_login_at',
  'tokens_valid_after',
  'created_at',
  'updated_at',
] as const

type UserColumn = (typeof userColumns)[number]

/** `= any($1)` with one array parameter, so the statement's text is the same for every batch size. */
export function anyOf(values: readonly string[]): RawBuilder<string> {
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

/** What an INSERT of many rows returns; the whole rows are read once, at the end of the transaction. */
const madeColumns = ['id', 'auth0_id', 'email', 'first_name', 'last_name'] as const

export type MadeUser = Pick<AccountRow, (typeof madeColumns)[number]>

/**
 * Runs what waits for the end of the transaction now: triggers of the host's that are deferred may change the people
 * who were made.
 */
export async function runDeferred(trx: Trx): Promise<void> {
  await sql`set constraints all immediate`.execute(trx)
}

/** Inserts users in the given order with one statement; returns those that were created. */
export async function insertUsers(trx: Trx, users: readonly NewUser[]): Promise<MadeUser[]> {
  return await insertion(trx, users).returning(madeColumns).execute()
}

/** Inserts one user; returns the row if it was created. */
export async function insertUser(trx: Trx, user: NewUser): Promise<AccountRow | undefined> {
  return await insertion(trx, [user]).returning(userColumns).executeTakeFirst()
}

/**
 * Each unless a unique column is taken, now or by a transaction that commits while we wait, or the identity is linked
 * to somebody. The people are one JSON parameter, so the statement's text is always the same.
 */
function insertion(trx: Trx, users: readonly NewUser[]) {
  const given = trx
    .selectFrom(sql<NewUser>`json_to_recordset(${JSON.stringify(users)}::json)`.as<'n'>(newUserRecord))
    .select(['n.auth0_id', 'n.username', 'n.email', 'n.email_verified', 'n.first_name', 'n.last_name'])
    .select(['n.profile_data', 'n.edited_fields', 'n.claims_issued_at', sql<Date>`now()`.as('last_login_at')])
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('accounts_identity as i').select('i.user_id').whereRef('i.auth0_id', '=', 'n.auth0_id'))),
    )
  return trx
    .insertInto('accounts_user')
    .columns(newUserColumns)
    .expression(given)
    .onConflict(conflict => conflict.doNothing())
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
      eb.or([eb('username', '=', wanted.username), ...(wanted.email === null ? [] : [isAddressOf(wanted.email)])]),
    )
    .execute()
}

/** Links one more identity to a user, whose row is held; false when it was linked already, or the user is erased or gone. */
export async function insertIdentity(trx: Trx, subject: string, userId: string): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_identity')
    .columns(['auth0_id', 'user_id'])
    .expression(of =>
      of
        .selectFrom('accounts_user')
        .select([sql.val(subject).$castTo<string>().as('auth0_id'), 'id as user_id'])
        .where('id', '=', userId)
        .where('anonymised_at', 'is', null)
        .forUpdate(),
    )
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

/** The columns that a token may change, as they are now; no other transaction writes them until this one ends. */
export async function lockMapped(trx: Trx, userId: string): Promise<MappedRow | undefined> {
  return await trx
    .selectFrom('accounts_user')
    .select(['email', 'email_verified', 'first_name', 'last_name'])
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
}

export type MappedRow = Pick<AccountRow, keyof UserChanges>

/** Writes the changed columns, unless a newer token was applied in between. */
export async function updateFromToken(
  trx: Trx,
  userId: string,
  changes: UserChanges,
  issuedAt: Date,
): Promise<AccountRow | undefined> {
  return await trx
    .updateTable('accounts_user')
    .set({ ...changes, claims_issued_at: issuedAt, updated_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .where(eb => eb.or([eb('claims_issued_at', 'is', null), eb('claims_issued_at', '<=', issuedAt)]))
    .returning(userColumns)
    .executeTakeFirst()
}
