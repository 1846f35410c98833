import { sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { epochMillis, toMillis } from '../db/time.ts'

/** What a change needs to know of a user whose row it holds. */
export interface LivingRow {
  readonly id: string
  readonly is_active: boolean
  readonly is_staff: boolean
  readonly is_superuser: boolean
  readonly is_platform: boolean
  readonly erased: boolean
  /** `tokens_valid_after` in milliseconds since the epoch; 0 for none. */
  readonly tokensValidAfter: number
}

/** Holds the rows until the transaction ends, always superusers first and then by id; unknown ids are left out. */
export async function lockUsers(trx: Trx, ids: readonly string[]): Promise<LivingRow[]> {
  return await rowsOf(trx, ids, 'lock')
}

/** The same without a lock, for transactions that only read. */
export async function readUsers(db: DbOrTrx, ids: readonly string[]): Promise<LivingRow[]> {
  return await rowsOf(db, ids, 'read')
}

async function rowsOf(db: DbOrTrx, ids: readonly string[], how: 'lock' | 'read'): Promise<LivingRow[]> {
  const query = db
    .selectFrom('accounts_user')
    .select(['id', 'is_active', 'is_staff', 'is_superuser', 'is_platform', 'anonymised_at'])
    .select(epochMillis('tokens_valid_after').as('tokens_valid_after'))
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .orderBy(sql`is_superuser is true`, 'desc')
    .orderBy('id')
  const rows = await (how === 'lock' ? query.forUpdate() : query).execute()
  return rows.map(({ tokens_valid_after, anonymised_at, ...row }) => ({
    ...row,
    erased: anonymised_at !== null,
    tokensValidAfter: tokens_valid_after === null ? 0 : toMillis(tokens_valid_after),
  }))
}

/** A credential as its row stands now. */
export interface CredentialRow {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly revoked: boolean
}

export async function selectSession(db: DbOrTrx, id: string, userId: string): Promise<CredentialRow | undefined> {
  const row = await db
    .selectFrom('accounts_session')
    .select('created_at')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row === undefined ? undefined : { createdAt: toMillis(row.created_at), revoked: false }
}

export async function selectApiToken(db: DbOrTrx, id: string, userId: string): Promise<CredentialRow | undefined> {
  const row = await db
    .selectFrom('accounts_api_token')
    .select(['created_at', 'revoked_at'])
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row === undefined ? undefined : { createdAt: toMillis(row.created_at), revoked: row.revoked_at !== null }
}

/**
 * Whether a session at Auth0 was logged out; its id is kept as SHA-256. Waits for a transaction that is logging it out,
 * and makes a later one wait for this transaction.
 */
export async function lockEndedSid(trx: Trx, sidHash: Buffer): Promise<boolean> {
  await sql`select pg_advisory_xact_lock_shared(${sidHash.readBigInt64BE().toString()}::bigint)`.execute(trx)
  return await isEndedSid(trx, sidHash)
}

/** The same without waiting. */
export async function isEndedSid(db: DbOrTrx, sidHash: Uint8Array): Promise<boolean> {
  const row = await db
    .selectFrom('accounts_ended_sid')
    .select('sid_hash')
    .where('sid_hash', '=', sidHash)
    .executeTakeFirst()
  return row !== undefined
}
