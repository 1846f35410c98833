import { type Static, Type } from '@sinclair/typebox'
import { AssetLabel } from '../assets/asset.schema.ts'
import { Page, Timestamp, Uuid } from '../common/schema.ts'

export const Licence = Type.Object({
  id: Uuid,
  asset: AssetLabel,
  granted_at: Timestamp,
  expires_at: Timestamp,
  status: Type.Union([Type.Literal('active'), Type.Literal('expired')]),
})
export type Licence = Static<typeof Licence>

export const LicencePage = Page(Licence)
