import type { DbOrTrx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { type ChainFindings, inspectChain } from './chain.repository.ts'

/** The newest entry of a person's chain. Kept outside the database, it proves later that nothing before it changed. */
export interface ChainHead {
  /** How many entries there were ever, those that were purged included; 0 for none. */
  readonly length: number
  /** SHA-256, hexadecimal; empty for no entry. */
  readonly hash: string
}

/** What `app.auth0Users.audit.verify` found in one person’s trail. */
export interface AuditVerification {
  readonly ok: boolean
  /** The position of the first entry that was changed, removed or put in; from 1. */
  readonly brokenAt?: number
  /** How many entries were checked. */
  readonly checked: number
  /** How many of the oldest entries were purged and cannot be checked any more. */
  readonly purged: number
  readonly head: ChainHead
}

/**
 * Recomputes a person's audit chain: every hash from the one before and the entry's own content,
 * from the first entry, or the last purged one, to the head. Rejects with `A0U_DATABASE_UNAVAILABLE`.
 */
export async function verifyAuditChain(db: DbOrTrx, userId: string): Promise<AuditVerification> {
  const found = await reaching(() => inspectChain(db, userId))
  const brokenAt = firstBreach(found)
  return {
    ok: brokenAt === undefined,
    ...(brokenAt === undefined ? {} : { brokenAt }),
    checked: found.entries,
    purged: Number(found.purged_length ?? 0),
    head: { length: Number(found.length ?? 0), hash: found.hash ?? '' },
  }
}

function firstBreach(found: ChainFindings): number | undefined {
  if (found.broken_at !== null) return Number(found.broken_at)
  if (found.length === null) return found.entries === 0 ? undefined : 1
  const last = found.last_position ?? found.purged_length
  if (last !== found.length) return Math.min(Number(last), Number(found.length)) + 1
  return found.last_hash === null || found.last_hash === found.hash ? undefined : Number(last)
}
