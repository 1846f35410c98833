import { type Static, Type } from '@sinclair/typebox'
import { Page, Text, Timestamp, Uuid } from '../common/schema.ts'

export const campaignStatuses = ['draft', 'running', 'closed'] as const
export type CampaignStatus = (typeof campaignStatuses)[number]

const content = {
  name: Text({ minLength: 1, maxLength: 120, examples: ['Spring catalogue'] }),
  status: Type.Union(campaignStatuses.map(status => Type.Literal(status))),
  mentions: Type.Integer({ minimum: 0, maximum: 2_000_000_000, examples: [18] }),
  reach: Type.Integer({ minimum: 0, maximum: 2_000_000_000, examples: [240_000] }),
}

export const NewCampaign = Type.Composite(
  [Type.Pick(Type.Object(content), ['name']), Type.Partial(Type.Omit(Type.Object(content), ['name']))],
  { additionalProperties: false },
)
export type NewCampaign = Static<typeof NewCampaign>

export const CampaignChanges = Type.Partial(Type.Object(content), { additionalProperties: false, minProperties: 1 })
export type CampaignChanges = Static<typeof CampaignChanges>

export const Campaign = Type.Object({ id: Uuid, ...content, created_at: Timestamp, updated_at: Timestamp })
export type Campaign = Static<typeof Campaign>

export const CampaignPage = Page(Campaign)
