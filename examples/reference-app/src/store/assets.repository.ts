import { type Kysely, sql, type Transaction } from 'kysely'
import type { DefaultDatabase } from '../databases/tables.ts'
import type { AssetChanges, AssetKind, NewAsset } from './asset.schema.ts'
import { assetColumns } from './asset-rows.ts'
import { searchText } from './search.ts'

type Db = Kysely<DefaultDatabase>

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
export async function updateAsset(trx: Transaction<DefaultDatabase>, id: string, changes: AssetChanges) {
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

/**
 * Takes an asset out of the store and refuses what is still asked for it.
 *
 * @returns the ids of the requests that were refused; undefined when the asset was not there.
 */
export async function withdrawAsset(
  trx: Transaction<DefaultDatabase>,
  id: string,
  by: string,
): Promise<string[] | undefined> {
  const asset = await trx
    .updateTable('store_asset')
    .set(eb => ({ withdrawn_at: sql`now()`, updated_at: sql`now()`, version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (asset === undefined) return undefined
  const refused = await trx
    .updateTable('store_access_request')
    .set({ status: 'refused', reason: 'It is no longer offered.', decided_by: by, decided_at: sql`now()` })
    .where('asset_id', '=', id)
    .where('status', '=', 'pending')
    .returning('id')
    .execute()
  return refused.map(request => request.id)
}
