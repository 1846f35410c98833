import type { AssetKind } from '../store/asset.schema.ts'

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
