import { type Kysely, sql, type Transaction } from 'kysely'
import type { AssetChanges, AssetKind, NewAsset } from './asset.schema.ts'
import { assetColumns } from './asset-rows.ts'
import { searchText } from './search.ts'
import type { AssetsDatabase } from './tables.ts'

type Db = Kysely<AssetsDatabase>

export interface AssetFilter {
  /** A query of tsquery's language, see `toPrefixQuery`. */
  readonly search: string | undefined
  readonly kind: AssetKind | undefined
  /** Only what stands behind this position. */
  readonly after: string | undefined
}

/** Newest first. */
export function selectAssets(db: Db, { search, kind, after }: AssetFilter, limit: number) {
  let query = db.selectFrom('store_asset').select(assetColumns).where('withdrawn_at', 'is', null)
  if (search !== undefined) query = query.where(sql<boolean>`search @@ to_tsquery('simple', ${search})`)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (after !== undefined) query = query.where('position', '<', after)
  return query.orderBy('position', 'desc').limit(limit).execute()
}

export function selectAsset(db: Db, id: string) {
  return db
    .selectFrom('store_asset')
    .select(assetColumns)
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
}

/** Of withdrawn assets too: licences still show them. */
export async function selectKind(db: Db, id: string): Promise<AssetKind | undefined> {
  const row = await db.selectFrom('store_asset').select('kind').where('id', '=', id).executeTakeFirst()
  return row?.kind
}

export function insertAsset(db: Db, asset: NewAsset) {
  return db
    .insertInto('store_asset')
    .values({ ...asset, search_text: searchText(asset) })
    .returning(assetColumns)
    .executeTakeFirstOrThrow()
}

/** Undefined when it is not there (any more). */
export async function updateAsset(trx: Transaction<AssetsDatabase>, id: string, changes: AssetChanges) {
  const present = await trx
    .selectFrom('store_asset')
    .select(['title', 'summary', 'creator'])
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (present === undefined) return undefined
  return await trx
    .updateTable('store_asset')
    .set({ ...changes, search_text: searchText({ ...present, ...changes }) })
    .set(eb => ({ version: eb('version', '+', 1), updated_at: sql`now()` }))
    .where('id', '=', id)
    .returning(assetColumns)
    .executeTakeFirstOrThrow()
}

/** Takes an asset out of the store; false when it was not there. */
export async function withdrawAsset(trx: Transaction<AssetsDatabase>, id: string): Promise<boolean> {
  const withdrawn = await trx
    .updateTable('store_asset')
    .set(eb => ({ withdrawn_at: sql`now()`, updated_at: sql`now()`, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return withdrawn !== undefined
}

const platformColumns = [...assetColumns, 'owner_id', 'external_id', 'version'] as const

/** Creates or replaces the asset of a platform: one statement, so that two at once leave one asset. */
export function upsertPlatformAsset(
  trx: Transaction<AssetsDatabase>,
  ownerId: string,
  externalId: string,
  asset: NewAsset,
) {
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
    .returning(platformColumns)
    .executeTakeFirstOrThrow()
}

/** The id of an offered asset, by the name that its platform gave it. */
export async function selectPlatformAssetId(
  trx: Transaction<AssetsDatabase>,
  ownerId: string,
  externalId: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('store_asset')
    .select('id')
    .where('owner_id', '=', ownerId)
    .where('external_id', '=', externalId)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

/** Two users become one: the assets of `from` belong to `into`. */
export async function moveAssets(trx: Transaction<AssetsDatabase>, from: string, into: string): Promise<void> {
  await trx.updateTable('store_asset').set({ owner_id: into }).where('owner_id', '=', from).execute()
}
