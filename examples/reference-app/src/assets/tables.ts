import type { Generated, GeneratedAlways } from 'kysely'
import type { AssetKind } from '../assets/asset.schema.ts'

export interface AssetTable {
  id: Generated<string>
  /** In the order of creation; what pages of a list go by. bigint, hence text. */
  position: GeneratedAlways<string>
  /** The platform's person who brought it, and its name there. */
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
  /** What is searched, see `searchText`. */
  search_text: string
  /** tsvector of it. */
  search: GeneratedAlways<string>
  /** Counts up with each change. */
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
  /** When it was withdrawn; licences for it stay. */
  withdrawn_at: Date | null
}

/** The tables that the catalogue of assets works with. */
export interface AssetsDatabase {
  store_asset: AssetTable
}
