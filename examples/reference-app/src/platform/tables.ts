import type { Kysely } from 'kysely'
import type { AssetKind } from '../assets/asset.schema.ts'
import type { StoreDatabase } from '../store/tables.ts'

/** What platforms read of an asset. The same columns as a view in `default` and as a table in a copy. */
export interface PlatformAssetTable {
  id: string
  /** bigint, hence text */
  position: string
  owner_id: string | null
  external_id: string | null
  title: string
  summary: string
  description: string
  kind: AssetKind
  creator: string
  terms: string
  price_cents: number
  currency: string
  version: number
  created_at: Date
  updated_at: Date
}

/** The database `platform_replica`: read by platforms, written by replication only. */
export interface PlatformReplicaDatabase {
  platform_asset: PlatformAssetTable
}

/** What platforms write to, with the view that the replica offers. */
export interface PlatformSourceDatabase extends StoreDatabase {
  platform_asset: PlatformAssetTable
}

/** The two databases that platforms work with. */
export interface PlatformDatabases {
  readonly default: Kysely<PlatformSourceDatabase>
  readonly platform_replica: Kysely<PlatformReplicaDatabase>
}
