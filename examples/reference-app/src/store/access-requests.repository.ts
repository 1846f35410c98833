import { type Kysely, sql, type Transaction } from 'kysely'
import type { RequestStatus } from './access-request.schema.ts'
import type { StoreDatabase } from './tables.ts'

type Db = Kysely<StoreDatabase>

/** Requests with what belongs to them, newest first. */
function select(db: Db) {
  return db
    .selectFrom('store_access_request as request')
    .innerJoin('store_asset as asset', 'asset.id', 'request.asset_id')
    .innerJoin('accounts_user as person', 'person.id', 'request.user_id')
    .select([
      'request.id',
      'request.position',
      'request.asset_id',
      'request.user_id',
      'request.purpose',
      'request.status',
      'request.reason',
      'request.created_at',
      'request.decided_at',
      'asset.title as asset_title',
      'asset.kind as asset_kind',
      'person.first_name',
      'person.last_name',
      'person.username',
      'person.email',
    ])
    .orderBy('request.position', 'desc')
}

export type RequestRow = Awaited<ReturnType<typeof selectOne>> & {}

export function selectOne(db: Db, id: string) {
  return select(db).where('request.id', '=', id).executeTakeFirst()
}

export function selectOf(db: Db, userId: string, after: string | undefined, limit: number) {
  const query = select(db).where('request.user_id', '=', userId).limit(limit)
  return (after === undefined ? query : query.where('request.position', '<', after)).execute()
}

export function selectLatestFor(db: Db, userId: string, assetId: string) {
  return select(db)
    .where('request.user_id', '=', userId)
    .where('request.asset_id', '=', assetId)
    .limit(1)
    .executeTakeFirst()
}

export function selectAll(db: Db, status: RequestStatus | undefined, after: string | undefined, limit: number) {
  let query = select(db).limit(limit)
  if (status !== undefined) query = query.where('request.status', '=', status)
  if (after !== undefined) query = query.where('request.position', '<', after)
  return query.execute()
}

/** For the export: all of one person, oldest first. */
export function selectForExport(trx: Transaction<StoreDatabase>, userId: string) {
  return trx
    .selectFrom('store_access_request')
    .select(['id', 'asset_id', 'purpose', 'status', 'reason', 'created_at', 'decided_at'])
    .where('user_id', '=', userId)
    .orderBy('position')
    .execute()
}

/** Fails on the index `store_access_request_one_pending` when there is a pending one. */
export async function insertRequest(db: Db, userId: string, assetId: string, purpose: string): Promise<string> {
  const { id } = await db
    .insertInto('store_access_request')
    .values({ user_id: userId, asset_id: assetId, purpose })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export interface Decision {
  readonly id: string
  readonly status: 'approved' | 'refused' | 'withdrawn'
  readonly reason?: string
  readonly by: string
}

/**
 * Decides a request that is still pending. Of several who decide at once the database lets one through;
 * the others find no pending row any more and get undefined.
 */
export function decide(db: Db, { id, status, reason, by }: Decision) {
  return db
    .updateTable('store_access_request')
    .set({ status, reason: reason ?? null, decided_by: by, decided_at: sql`now()` })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .returning(['id', 'asset_id', 'user_id'])
    .executeTakeFirst()
}

/** Empties what a person wrote, and takes back what they still ask for. May be repeated. */
export async function eraseOf(trx: Transaction<StoreDatabase>, userId: string): Promise<void> {
  await trx
    .updateTable('store_access_request')
    .set({ status: 'withdrawn', decided_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('status', '=', 'pending')
    .execute()
  await trx.updateTable('store_access_request').set({ purpose: '' }).where('user_id', '=', userId).execute()
}

/** Two people become one: what `from` still asks for and `into` asks for too is taken back, the rest moves. */
export async function moveRequests(trx: Transaction<StoreDatabase>, from: string, into: string): Promise<void> {
  await trx
    .updateTable('store_access_request as request')
    .set({ status: 'withdrawn', decided_at: sql`now()` })
    .where('request.user_id', '=', from)
    .where('request.status', '=', 'pending')
    .where(eb =>
      eb.exists(
        eb
          .selectFrom('store_access_request as other')
          .select('other.id')
          .where('other.user_id', '=', into)
          .where('other.status', '=', 'pending')
          .whereRef('other.asset_id', '=', 'request.asset_id'),
      ),
    )
    .execute()
  await trx.updateTable('store_access_request').set({ user_id: into }).where('user_id', '=', from).execute()
  await trx.updateTable('store_access_request').set({ decided_by: into }).where('decided_by', '=', from).execute()
}

/** Refuses every pending request for an asset that is no longer offered; the ids of those requests. */
export async function refusePending(trx: Transaction<StoreDatabase>, assetId: string, by: string): Promise<string[]> {
  const refused = await trx
    .updateTable('store_access_request')
    .set({ status: 'refused', reason: 'It is no longer offered.', decided_by: by, decided_at: sql`now()` })
    .where('asset_id', '=', assetId)
    .where('status', '=', 'pending')
    .returning('id')
    .execute()
  return refused.map(request => request.id)
}
