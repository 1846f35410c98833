import { type Kysely, sql, type Transaction } from 'kysely'
import { assetColumns } from '../assets/asset-rows.ts'
import type { PlatformAssetTable, PlatformReplicaDatabase, PlatformSourceDatabase } from './tables.ts'

const columns = [...assetColumns, 'owner_id', 'external_id', 'version'] as const

/** From the replica. */
export function selectAssets(replica: Kysely<PlatformReplicaDatabase>, after: string | undefined, limit: number) {
  const query = replica.selectFrom('platform_asset').select(columns).orderBy('position', 'desc').limit(limit)
  return (after === undefined ? query : query.where('position', '<', after)).execute()
}

/** Locks the copying of this asset until the transaction ends, then reads what it is now. */
export async function lockAndRead(
  trx: Transaction<PlatformSourceDatabase>,
  id: string,
): Promise<PlatformAssetTable | undefined> {
  await sql`select pg_advisory_xact_lock(hashtext('platform.copy'), hashtext(${id}))`.execute(trx)
  return trx.selectFrom('platform_asset').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function writeCopy(replica: Kysely<PlatformReplicaDatabase>, asset: PlatformAssetTable): Promise<void> {
  const { id: _, ...content } = asset
  await replica
    .insertInto('platform_asset')
    .values(asset)
    .onConflict(conflict => conflict.column('id').doUpdateSet(content))
    .execute()
}

export async function deleteCopy(replica: Kysely<PlatformReplicaDatabase>, id: string): Promise<void> {
  await replica.deleteFrom('platform_asset').where('id', '=', id).execute()
}

/** Ids and versions in the order of ids, page by page: what the two sides are compared by. */
export function selectVersions(
  db: Kysely<Pick<PlatformReplicaDatabase, 'platform_asset'>>,
  after: string,
  until: string | undefined,
  limit: number,
) {
  let query = db.selectFrom('platform_asset').select(['id', 'version']).where('id', '>', after)
  if (until !== undefined) query = query.where('id', '<=', until)
  return query.orderBy('id').limit(limit).execute()
}
