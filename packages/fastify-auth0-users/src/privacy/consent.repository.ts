import { sql } from 'kysely'
import type { Actor } from '../audit/audit.ts'
import { recordableId } from '../audit/recordable.ts'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { toIso } from '../db/time.ts'
import type { ConsentState } from '../profile/representation.ts'

/** The newest entry of each purpose, by name; served by the index on (user_id, purpose, id desc). */
export async function selectCurrent(db: DbOrTrx, userId: string): Promise<ConsentState[]> {
  const rows = await db
    .selectFrom('accounts_consent')
    .distinctOn('purpose')
    .select(['purpose', 'version', 'granted', 'at'])
    .where('user_id', '=', userId)
    .orderBy('purpose')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(row => ({ ...row, at: toIso(row.at) }))
}

/** How a consent was given or withdrawn. */
export interface ConsentEntry extends ConsentState {
  readonly method: string | null
  readonly request_id: string | null
}

/** Every entry, newest first. */
export async function selectHistory(db: DbOrTrx, userId: string): Promise<ConsentEntry[]> {
  const rows = await db
    .selectFrom('accounts_consent')
    .select(['purpose', 'version', 'granted', 'method', 'request_id', 'at'])
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(row => ({ ...row, at: toIso(row.at) }))
}

export interface Decision {
  readonly purpose: string
  readonly version: string
  readonly granted: boolean
}

export async function insertDecision(trx: Trx, userId: string, decision: Decision, actor: Actor): Promise<void> {
  await trx
    .insertInto('accounts_consent')
    .values({
      user_id: userId,
      purpose: decision.purpose,
      version: decision.version,
      granted: decision.granted,
      method: actor.method,
      request_id: recordableId(actor.requestId),
      at: sql<Date>`clock_timestamp()`,
    })
    .execute()
}

/** The decisions stay, as the proof that they were asked for; how they were sent goes. */
export async function clearOrigins(trx: Trx, userId: string): Promise<void> {
  await trx
    .updateTable('accounts_consent')
    .set({ method: null, request_id: null })
    .where('user_id', '=', userId)
    .execute()
}
