import type { Generated, GeneratedAlways } from 'kysely'
import type { CampaignStatus } from './schema.ts'

export interface CampaignTable {
  id: Generated<string>
  position: GeneratedAlways<string>
  name: string
  status: Generated<CampaignStatus>
  /** How often the press wrote about it. */
  mentions: Generated<number>
  /** How many people read that. */
  reach: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

/** The tables that campaigns work with. */
export interface CampaignsDatabase {
  digital_pr_campaign: CampaignTable
}
