import { type Kysely, sql, type Transaction } from 'kysely'
import type { DefaultDatabase, PlatformReplicaDatabase } from '../databases/tables.ts'
import type { NewAsset } from '../store/asset.schema.ts'
import { assetColumns } from '../store/asset-rows.ts'
import { searchText } from '../store/search.ts'
import type { PlatformAssetTable } from './tables.ts'

const columns = [...assetColumns, 'owner_id', 'external_id', 'version'] as const

/** From the replica. */
export function selectAssets(replica: Kysely<PlatformReplicaDatabase>, after: string | undefined, limit: number) {
  const query = replica.selectFrom('platform_asset').select(columns).orderBy('position', 'desc').limit(limit)
  return (after === undefined ? query : query.where('position', '<', after)).execute()
}

/** Creates or replaces, in `default`: one statement, so that two at once leave one asset. */
export function upsertAsset(trx: Transaction<DefaultDatabase>, ownerId: string, externalId: string, asset: NewAsset) {
  const content = { ...asset, search_text: searchText(asset) }
  return trx
    .insertInto('store_asset')
    .values({ ...content, owner_id: ownerId, external_id: externalId })
    .onConflict(conflict =>
      conflict.columns(['owner_id', 'external_id']).doUpdateSet(eb => ({
        ...content,
        version: eb('store_asset.version', '+', 1),
        updated_at: sql`now()`,
        withdrawn_at: null,
      })),
    )
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export async function selectIdOf(
  db: Kysely<DefaultDatabase>,
  ownerId: string,
  externalId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('store_asset')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where('external_id', '=', externalId)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

/** Holds everybody else who copies this asset until the transaction ends; then answers what it is now. */
export async function lockAndRead(
  trx: Transaction<DefaultDatabase>,
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
