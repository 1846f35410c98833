import { type Static, Type } from '@sinclair/typebox'
import { Asset, NewAsset } from '../assets/asset.schema.ts'
import { Nullable, Page } from '../common/schema.ts'

const externalId = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[A-Za-z0-9._~-]+$',
  description: 'The name that the platform gives the asset',
  examples: ['PIC-2041'],
})

export const ByExternalId = Type.Object({ external_id: externalId })

export const PlatformAsset = Type.Composite([
  Asset,
  Type.Object({ external_id: Nullable(externalId), version: Type.Integer({ examples: [3] }) }),
])
export type PlatformAsset = Static<typeof PlatformAsset>

export const PlatformAssetPage = Page(PlatformAsset)
export const PlatformAssetContent = NewAsset
