import type { Kysely } from 'kysely'
import { notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { previewOf } from './art/art.ts'
import type { Asset, AssetChanges, AssetQuery, NewAsset } from './asset.schema.ts'
import { toAsset } from './asset-rows.ts'
import * as repository from './assets.repository.ts'
import { toPrefixQuery } from './search.ts'
import type { AssetsDatabase } from './tables.ts'

/** For other features: what they read and write of assets in their own transactions. */
export { selectAsset, selectPlatformAssetId, upsertPlatformAsset, withdrawAsset } from './assets.repository.ts'

export interface Assets {
  list(query: AssetQuery): Promise<PageOf<Asset>>
  /** Rejects with 404, like all that name one asset. */
  get(id: string): Promise<Asset>
  /** Generated art as SVG. */
  preview(id: string): Promise<string>
  add(asset: NewAsset): Promise<Asset>
  change(id: string, changes: AssetChanges): Promise<Asset>
}

/** The offered assets. A job in the same transaction copies each change to the platforms' database. */
export function createAssets(db: Kysely<AssetsDatabase>, jobs: Jobs): Assets {
  return {
    async list({ search, kind, after, limit }) {
      const query = toPrefixQuery(search)
      // Typed something, but nothing that could be found: no word, no asset.
      if (search !== undefined && search.trim() !== '' && query === undefined) return { items: [], next: null }
      return toPage(await repository.selectAssets(db, { search: query, kind, after }, limit + 1), limit, toAsset)
    },
    async get(id) {
      const row = await repository.selectAsset(db, id)
      if (row === undefined) throw notFound('asset')
      return toAsset(row)
    },
    async preview(id) {
      const kind = await repository.selectKind(db, id)
      if (kind === undefined) throw notFound('asset')
      return previewOf(id, kind)
    },
    add: asset =>
      db.transaction().execute(async trx => {
        const row = await repository.insertAsset(trx, asset)
        await jobs.send('platform.copy', { asset_id: row.id }, { trx })
        return toAsset(row)
      }),
    change: (id, changes) =>
      db.transaction().execute(async trx => {
        const row = await repository.updateAsset(trx, id, changes)
        if (row === undefined) throw notFound('asset')
        await jobs.send('platform.copy', { asset_id: id }, { trx })
        return toAsset(row)
      }),
  }
}
