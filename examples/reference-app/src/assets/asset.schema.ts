import { type Static, Type } from '@sinclair/typebox'
import { Page, PageQuery, Text, Timestamp, Uuid } from '../common/schema.ts'

export const assetKinds = ['photo', 'illustration', 'audio', 'font', 'dataset'] as const

export const AssetKind = Type.Union(assetKinds.map(kind => Type.Literal(kind)))
export type AssetKind = (typeof assetKinds)[number]

/** What staff write. */
const content = {
  title: Text({ minLength: 1, maxLength: 120, examples: ['Harbour at first light'] }),
  summary: Text({ minLength: 1, maxLength: 240, examples: ['Cranes and calm water, an hour before work.'] }),
  description: Text({ maxLength: 5000, examples: ['Twelve frames taken from the northern pier.'] }),
  kind: AssetKind,
  creator: Text({ minLength: 1, maxLength: 120, examples: ['Studio Halden'] }),
  terms: Text({ maxLength: 2000, examples: ['Print and web, one brand, no resale.'] }),
  price_cents: Type.Integer({ minimum: 0, maximum: 100_000_000, examples: [4900] }),
  currency: Type.String({ pattern: '^[A-Z]{3}$', examples: ['EUR'] }),
}

export const NewAsset = Type.Object(content, { additionalProperties: false })
export type NewAsset = Static<typeof NewAsset>

export const AssetChanges = Type.Partial(NewAsset, { additionalProperties: false, minProperties: 1 })
export type AssetChanges = Static<typeof AssetChanges>

export const Asset = Type.Object({
  id: Uuid,
  ...content,
  preview_url: Type.String({ examples: ['/api/v1/store/assets/0b2f9a4e-6f0c-4a53-9d53-5d2f5c1b7a10/preview.svg'] }),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type Asset = Static<typeof Asset>

/** An asset as part of a request or a licence. */
export const AssetLabel = Type.Pick(Asset, ['id', 'title', 'kind', 'preview_url'])
export type AssetLabel = Static<typeof AssetLabel>

export const AssetPage = Page(Asset)

export const AssetQuery = Type.Composite([
  PageQuery,
  Type.Object({
    search: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Words that title, summary or creator begin with',
        examples: ['harb'],
      }),
    ),
    kind: Type.Optional(AssetKind),
  }),
])
export type AssetQuery = Static<typeof AssetQuery>
