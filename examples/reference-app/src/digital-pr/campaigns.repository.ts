import { type Kysely, sql } from 'kysely'
import type { CampaignChanges, NewCampaign } from './schema.ts'
import type { CampaignsDatabase } from './tables.ts'

type Db = Kysely<CampaignsDatabase>

const columns = ['id', 'position', 'name', 'status', 'mentions', 'reach', 'created_at', 'updated_at'] as const

export type CampaignRow = Awaited<ReturnType<typeof insertCampaign>>

export function selectCampaigns(db: Db, after: string | undefined, limit: number) {
  const query = db.selectFrom('digital_pr_campaign').select(columns).orderBy('position', 'desc').limit(limit)
  return (after === undefined ? query : query.where('position', '<', after)).execute()
}

export function insertCampaign(db: Db, campaign: NewCampaign) {
  return db.insertInto('digital_pr_campaign').values(campaign).returning(columns).executeTakeFirstOrThrow()
}

export function updateCampaign(db: Db, id: string, changes: CampaignChanges) {
  return db
    .updateTable('digital_pr_campaign')
    .set({ ...changes, updated_at: sql`now()` })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
}

export async function deleteCampaign(db: Db, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('digital_pr_campaign').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
