import type { Db } from '../db/handle.ts'
import { toIso } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { selectTrail, type TrailFilter } from './trail.repository.ts'

/** An entry of the audit trail as staff see it. */
export interface TrailEntry {
  /** bigint as text; the keyset cursor. */
  readonly id: string
  readonly user_id: string
  readonly actor_id: string | null
  readonly action: string
  readonly fields: readonly string[]
  readonly method: string | null
  readonly request_id: string | null
  readonly detail: unknown
  /** ISO 8601, UTC. */
  readonly at: string
}

export interface TrailPage {
  readonly items: readonly TrailEntry[]
  /** Pass as `before` to read on; null on the last page. */
  readonly next: string | null
}

/** The trail of everybody, newest first. Rejects with `A0U_QUERY_INVALID` for a day that no calendar has. */
export async function listTrail(db: Db, filter: TrailFilter): Promise<TrailPage> {
  for (const field of ['from', 'to'] as const) {
    const given = filter[field]
    if (given === undefined || !Number.isNaN(Date.parse(given))) continue
    throw new Auth0UsersError('A0U_QUERY_INVALID', { faults: [{ field, message: 'must be a moment that exists' }] })
  }
  const rows = await reaching(() => selectTrail(db, { ...filter, limit: filter.limit + 1 }))
  const items = rows.slice(0, filter.limit).map(row => ({ ...row, at: toIso(row.at) }))
  return { items, next: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null }
}
