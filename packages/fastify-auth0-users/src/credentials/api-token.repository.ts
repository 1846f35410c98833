import { type Selectable, sql } from 'kysely'
import type { Db, DbOrTrx, Trx } from '../db/handle.ts'
import type { ApiTokenTable } from '../db/schema.ts'

/** A token without its hash. */
export type ApiTokenRow = Omit<Selectable<ApiTokenTable>, 'hash' | 'reminded_at'>

const columns = [
  ...(['id', 'user_id', 'name', 'scopes', 'expires_at', 'revoked_at', 'last_used_at', 'created_at'] as const),
] as const

export interface NewApiToken {
  readonly user_id: string
  readonly name: string
  readonly hash: Uint8Array
  readonly scopes: string[] | null
  readonly expires_at: Date | null
}

export async function insertApiToken(trx: Trx, token: NewApiToken): Promise<ApiTokenRow> {
  return await trx.insertInto('accounts_api_token').values(token).returning(columns).executeTakeFirstOrThrow()
}

/** Under the lock of the owner's row, so that two at once cannot both take the last place. */
export async function countLiveApiTokens(trx: Trx, userId: string, now: Date): Promise<number> {
  const row = await trx
    .selectFrom('accounts_api_token')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

export async function selectApiTokens(db: DbOrTrx, userId: string): Promise<ApiTokenRow[]> {
  return await db
    .selectFrom('accounts_api_token')
    .select(columns)
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
}

/** A token with the identity of its owner; served by the unique index on `hash`. */
export async function selectApiTokenByHash(
  db: Db,
  hash: Uint8Array,
): Promise<(ApiTokenRow & { readonly auth0_id: string | null }) | undefined> {
  return await db
    .selectFrom('accounts_api_token as t')
    .innerJoin('accounts_user as u', 'u.id', 't.user_id')
    .select(columns.map(column => `t.${column}` as const))
    .select('u.auth0_id')
    .where('t.hash', '=', hash)
    .executeTakeFirst()
}

/** Answers the owner, or undefined where there is no such token that is not revoked yet. */
export async function revokeApiToken(
  trx: Trx,
  id: string,
  userId: string | undefined,
  now: Date,
): Promise<string | undefined> {
  let query = trx
    .updateTable('accounts_api_token')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  const row = await query.returning('user_id').executeTakeFirst()
  return row?.user_id
}

/** Answers how many rows went. */
export async function deleteApiTokens(trx: Trx, userId: string): Promise<number> {
  const result = await trx.deleteFrom('accounts_api_token').where('user_id', '=', userId).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** One statement for all; a later time that is there already stays. */
export async function writeTokenUses(db: Db, uses: ReadonlyMap<string, number>): Promise<void> {
  const ids = [...uses.keys()]
  const times = [...uses.values()].map(time => new Date(time).toISOString())
  await db
    .updateTable('accounts_api_token')
    .from(sql<{ id: string; at: Date }>`unnest(${ids}::uuid[], ${times}::timestamptz[])`.as<'used'>(sql`used (id, at)`))
    .set({ last_used_at: sql<Date>`greatest(last_used_at, used.at)` })
    .whereRef('accounts_api_token.id', '=', 'used.id')
    .execute()
}

/** One token that expires before `until` and whose owner was not reminded, locked for this transaction. */
export async function lockExpiringApiToken(trx: Trx, now: Date, until: Date): Promise<ApiTokenRow | undefined> {
  return await trx
    .selectFrom('accounts_api_token')
    .select(columns)
    .where('revoked_at', 'is', null)
    .where('reminded_at', 'is', null)
    .where('expires_at', '>', now)
    .where('expires_at', '<=', until)
    .orderBy('expires_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

export async function markReminded(trx: Trx, id: string, now: Date): Promise<void> {
  await trx.updateTable('accounts_api_token').set({ reminded_at: now }).where('id', '=', id).execute()
}
