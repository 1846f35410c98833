import type { Kysely } from 'kysely'
import { notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { PageQuery } from '../common/schema.ts'
import * as repository from './campaigns.repository.ts'
import type { Campaign, CampaignChanges, NewCampaign } from './schema.ts'
import type { CampaignsDatabase } from './tables.ts'

export interface Campaigns {
  list(query: PageQuery): Promise<PageOf<Campaign>>
  add(campaign: NewCampaign): Promise<Campaign>
  /** Rejects with 404, as `remove` does. */
  change(id: string, changes: CampaignChanges): Promise<Campaign>
  remove(id: string): Promise<void>
}

export function createCampaigns(db: Kysely<CampaignsDatabase>): Campaigns {
  return {
    async list({ after, limit }) {
      return toPage(await repository.selectCampaigns(db, after, limit + 1), limit, toCampaign)
    },
    async add(campaign) {
      return toCampaign(await repository.insertCampaign(db, campaign))
    },
    async change(id, changes) {
      const row = await repository.updateCampaign(db, id, changes)
      if (row === undefined) throw notFound('campaign')
      return toCampaign(row)
    },
    async remove(id) {
      if (!(await repository.deleteCampaign(db, id))) throw notFound('campaign')
    },
  }
}

function toCampaign(row: repository.CampaignRow): Campaign {
  const { id, name, status, mentions, reach } = row
  const [created_at, updated_at] = [row.created_at.toISOString(), row.updated_at.toISOString()]
  return { id, name, status, mentions, reach, created_at, updated_at }
}
