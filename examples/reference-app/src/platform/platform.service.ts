import type { NewAsset } from '../assets/asset.schema.ts'
import { toAsset } from '../assets/asset-rows.ts'
import { selectPlatformAssetId, upsertPlatformAsset } from '../assets/assets.service.ts'
import { notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { PageQuery } from '../common/schema.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { withdraw } from '../store/withdrawal.ts'
import * as repository from './platform.repository.ts'
import type { PlatformAsset } from './schema.ts'
import type { PlatformAssetTable, PlatformDatabases } from './tables.ts'

export interface Platform {
  /** As of the replica, which may be some seconds behind. */
  list(ownerId: string, query: PageQuery): Promise<PageOf<PlatformAsset>>
  put(ownerId: string, externalId: string, asset: NewAsset): Promise<PlatformAsset>
  withdraw(ownerId: string, externalId: string): Promise<void>
}

/** What platforms do with their tokens: they read the replica and write to `default`. */
export function createPlatform({ default: db, platform_replica: replica }: PlatformDatabases, jobs: Jobs): Platform {
  return {
    async list(ownerId, { after, limit }) {
      const rows = await repository.selectAssets(replica, after, limit + 1)
      return toPage(rows, limit, row => toPlatformAsset(row, ownerId))
    },
    put: (ownerId, externalId, asset) =>
      db.transaction().execute(async trx => {
        const row = await upsertPlatformAsset(trx, ownerId, externalId, asset)
        await jobs.send('platform.copy', { asset_id: row.id }, { trx })
        return toPlatformAsset(row, ownerId)
      }),
    withdraw: (ownerId, externalId) =>
      db.transaction().execute(async trx => {
        const id = await selectPlatformAssetId(trx, ownerId, externalId)
        if (id === undefined) throw notFound('asset')
        await withdraw(trx, jobs, { id, by: ownerId })
      }),
  }
}

type Row = Parameters<typeof toAsset>[0] & Pick<PlatformAssetTable, 'owner_id' | 'external_id' | 'version'>

/** A platform sees its own external names only. */
function toPlatformAsset(row: Row, ownerId: string): PlatformAsset {
  return {
    ...toAsset(row),
    version: row.version,
    external_id: row.owner_id === ownerId ? row.external_id : null,
  }
}
