import type { Asset, AssetKind, AssetLabel } from './asset.schema.ts'

/** The columns that `toAsset` needs. */
export const assetColumns = [
  'id',
  'position',
  'title',
  'summary',
  'description',
  'kind',
  'creator',
  'terms',
  'price_cents',
  'currency',
  'created_at',
  'updated_at',
] as const

type AssetRow = Omit<Asset, 'preview_url' | 'created_at' | 'updated_at'> & {
  readonly created_at: Date
  readonly updated_at: Date
}

export function toAsset(row: AssetRow): Asset {
  const { id, title, summary, description, kind, creator, terms, price_cents, currency } = row
  return {
    ...{ id, title, summary, description, kind, creator, terms, price_cents, currency },
    preview_url: previewUrl(id),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** The label of an asset, from a request or licence that was joined with it. */
export function toAssetLabel(row: {
  readonly asset_id: string
  readonly asset_title: string
  readonly asset_kind: AssetKind
}): AssetLabel {
  return { id: row.asset_id, title: row.asset_title, kind: row.asset_kind, preview_url: previewUrl(row.asset_id) }
}

function previewUrl(id: string): string {
  return `/api/v1/store/assets/${id}/preview.svg`
}
