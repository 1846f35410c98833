import { type Insertable, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { AuditTable } from '../db/schema.ts'
import { toIso } from '../db/time.ts'
import type { AuditEntry, AuditEvent } from './event.ts'

export async function insertEvent(trx: Trx, event: AuditEvent): Promise<void> {
  await insertEvents(trx, [event])
}

/** At least one; all of them in one statement. */
export async function insertEvents(trx: Trx, events: readonly AuditEvent[]): Promise<void> {
  await trx.insertInto('accounts_audit').values(events.map(toRow)).execute()
}

function toRow(event: AuditEvent): Insertable<AuditTable> {
  return {
    user_id: event.userId,
    actor_id: event.actorId,
    action: event.action,
    fields: [...event.fields],
    method: event.method,
    request_id: event.requestId,
    detail: JSON.stringify(event.detail ?? {}),
  }
}

/** Staff stay unnamed in what a person is shown. */
const author = sql<AuditEntry['by']>`case
  when actor_id is null then 'system' when actor_id = user_id then 'self' else 'other' end`.as('by')

/** Newest first, from before the given id; answered by the index on (user_id, id). */
export async function selectEvents(
  db: DbOrTrx,
  userId: string,
  before: string | undefined,
  limit: number,
): Promise<AuditEntry[]> {
  let query = db
    .selectFrom('accounts_audit')
    .select(['action', 'fields', 'method', 'request_id', 'detail', 'at'])
    .select([sql<string>`id::text`.as('id'), author])
    .where('user_id', '=', userId)
    .orderBy('accounts_audit.id', 'desc')
    .limit(limit)
  if (before !== undefined) query = query.where('id', '<', before)
  const rows = await query.execute()
  return rows.map(row => ({ ...row, at: toIso(row.at) }))
}
