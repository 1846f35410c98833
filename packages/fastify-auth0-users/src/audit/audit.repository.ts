import { sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { AuditEntry, AuditEvent } from './event.ts'

export async function insertEvent(trx: Trx, event: AuditEvent): Promise<void> {
  await trx
    .insertInto('accounts_audit')
    .values({
      user_id: event.userId,
      actor_id: event.actorId,
      action: event.action,
      fields: [...event.fields],
      method: event.method,
      request_id: event.requestId,
      detail: JSON.stringify(event.detail ?? {}),
    })
    .execute()
}

/** Staff stay unnamed in what a person is shown. */
const author = sql<AuditEntry['by']>`case
  when actor_id is null then 'system' when actor_id = user_id then 'self' else 'other' end`.as('by')

/** Newest first, from before the given id; answered by the index on (user_id, id). */
export async function selectEvents(
  db: DbOrTrx,
  userId: string,
  before: string | undefined,
  limit: number | undefined,
): Promise<AuditEntry[]> {
  let query = db
    .selectFrom('accounts_audit')
    .select(['action', 'fields', 'method', 'request_id', 'detail', 'at'])
    .select([sql<string>`id::text`.as('id'), author])
    .where('user_id', '=', userId)
    .orderBy('accounts_audit.id', 'desc')
  if (before !== undefined) query = query.where('id', '<', before)
  if (limit !== undefined) query = query.limit(limit)
  const rows = await query.execute()
  return rows.map(row => ({ ...row, at: row.at.toISOString() }))
}
