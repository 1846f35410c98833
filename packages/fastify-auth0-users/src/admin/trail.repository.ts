import { sql } from 'kysely'
import type { DbOrTrx } from '../db/handle.ts'

export interface TrailFilter {
  readonly user_id?: string
  readonly actor_id?: string
  readonly action?: string
  /** ISO 8601. */
  readonly from?: string
  readonly to?: string
  readonly before?: string
  readonly limit: number
}

export interface TrailRow {
  readonly id: string
  readonly user_id: string
  readonly actor_id: string | null
  readonly action: string
  readonly fields: string[]
  readonly method: string | null
  readonly request_id: string | null
  readonly detail: unknown
  readonly at: Date
}

/** Newest first, along the primary key, or along the index on (user_id, id) for one person. */
export async function selectTrail(db: DbOrTrx, filter: TrailFilter): Promise<TrailRow[]> {
  let query = db
    .selectFrom('accounts_audit')
    .select(['user_id', 'actor_id', 'action', 'fields', 'method', 'request_id', 'detail', 'at'])
    .select(sql<string>`id::text`.as('id'))
  if (filter.user_id !== undefined) query = query.where('user_id', '=', filter.user_id)
  if (filter.actor_id !== undefined) query = query.where('actor_id', '=', filter.actor_id)
  if (filter.action !== undefined) query = query.where('action', '=', filter.action)
  if (filter.from !== undefined) query = query.where('at', '>=', new Date(filter.from))
  if (filter.to !== undefined) query = query.where('at', '<', new Date(filter.to))
  if (filter.before !== undefined) query = query.where('id', '<', filter.before)
  return await query.orderBy('accounts_audit.id', 'desc').limit(filter.limit).execute()
}
