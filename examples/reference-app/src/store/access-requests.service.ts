import type { Kysely } from 'kysely'
import { toAssetLabel } from '../assets/asset-rows.ts'
import { selectAsset } from '../assets/assets.service.ts'
import { conflict, notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { PageQuery } from '../common/schema.ts'
import { isUniqueViolation } from '../common/unique-violation.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { grantLicence, holdsActiveLicence } from '../licences/licences.service.ts'
import type { AccessRequest, NewAccessRequest, StaffAccessRequest, StaffRequestQuery } from './access-request.schema.ts'
import * as repository from './access-requests.repository.ts'
import type { StoreDatabase } from './tables.ts'

export interface AccessRequests {
  /** 404 for an unknown asset, 409 when there is a pending request or a licence already. */
  ask(userId: string, request: NewAccessRequest): Promise<AccessRequest>
  mine(userId: string, query: PageQuery): Promise<PageOf<AccessRequest>>
  /** The person's newest request for an asset. */
  latestFor(userId: string, assetId: string): Promise<AccessRequest | null>
  /** 404 for another user's request, 409 when it is decided. */
  withdraw(userId: string, id: string): Promise<AccessRequest>
  list(query: StaffRequestQuery): Promise<PageOf<StaffAccessRequest>>
  /** Grants a licence in the same transaction. 409 when it is decided. */
  approve(staffId: string, id: string, days: number): Promise<StaffAccessRequest>
  refuse(staffId: string, id: string, reason: string): Promise<StaffAccessRequest>
}

/** Asking for an asset, and deciding on it. */
export function createAccessRequests(db: Kysely<StoreDatabase>, jobs: Jobs): AccessRequests {
  async function existing(id: string): Promise<repository.RequestRow> {
    const row = await repository.selectOne(db, id)
    if (row === undefined) throw notFound('access request')
    return row
  }

  async function decide(decision: repository.Decision, days?: number): Promise<void> {
    await db.transaction().execute(async trx => {
      const decided = await repository.decide(trx, decision)
      if (decided === undefined) throw conflict('REQUEST_DECIDED', 'This request is no longer pending')
      if (days !== undefined) await grantLicence(trx, { ...decided, days })
      if (decision.status !== 'withdrawn') await jobs.send('people.tell_decision', { request_id: decided.id }, { trx })
    })
  }

  async function decideExisting(decision: repository.Decision, days?: number): Promise<StaffAccessRequest> {
    await existing(decision.id)
    await decide(decision, days)
    return toStaffRequest(await existing(decision.id))
  }

  return {
    async ask(userId, { asset_id, purpose }) {
      if ((await selectAsset(db, asset_id)) === undefined) throw notFound('asset')
      if (await holdsActiveLicence(db, userId, asset_id)) {
        throw conflict('LICENCE_HELD', 'You hold a licence for this asset already')
      }
      return toRequest(await existing(await insert(db, userId, asset_id, purpose)))
    },
    async mine(userId, { after, limit }) {
      return toPage(await repository.selectOf(db, userId, after, limit + 1), limit, toRequest)
    },
    async latestFor(userId, assetId) {
      const row = await repository.selectLatestFor(db, userId, assetId)
      return row === undefined ? null : toRequest(row)
    },
    async withdraw(userId, id) {
      if ((await existing(id)).user_id !== userId) throw notFound('access request')
      await decide({ id, status: 'withdrawn', by: userId })
      return toRequest(await existing(id))
    },
    async list({ status, after, limit }) {
      return toPage(await repository.selectAll(db, status, after, limit + 1), limit, toStaffRequest)
    },
    approve: (staffId, id, days) => decideExisting({ id, status: 'approved', by: staffId }, days),
    refuse: (staffId, id, reason) => decideExisting({ id, status: 'refused', reason, by: staffId }),
  }
}

/** The database, not a look beforehand, decides whether this is a second one: two requests may come at once. */
async function insert(db: Kysely<StoreDatabase>, userId: string, assetId: string, purpose: string): Promise<string> {
  try {
    return await repository.insertRequest(db, userId, assetId, purpose)
  } catch (error) {
    if (!isUniqueViolation(error, 'store_access_request_one_pending')) throw error
    throw conflict('REQUEST_PENDING', 'You have asked for this asset already')
  }
}

function toRequest(row: repository.RequestRow): AccessRequest {
  const { id, purpose, status, reason } = row
  return {
    ...{ id, purpose, status, reason },
    asset: toAssetLabel(row),
    created_at: row.created_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
  }
}

function toStaffRequest(row: repository.RequestRow): StaffAccessRequest {
  const name = [row.first_name, row.last_name].filter(Boolean).join(' ')
  const requester = { id: row.user_id, name: name || row.username || '', email: row.email }
  return { ...toRequest(row), requester }
}
