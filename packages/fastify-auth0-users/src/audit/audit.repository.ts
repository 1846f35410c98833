import { type Selectable, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { AuditTable } from '../db/schema.ts'
import { toIso } from '../db/time.ts'
import type { AuditEntry, AuditEvent } from './event.ts'
import { recordable, recordableId } from './recordable.ts'

export async function insertEvent(trx: Trx, event: AuditEvent): Promise<void> {
  await insertEvents(trx, [event])
}

const entryColumns = ['user_id', 'actor_id', 'action', 'fields', 'method', 'request_id', 'detail'] as const

type NewEntry = Pick<Selectable<AuditTable>, (typeof entryColumns)[number]>

/** All of them in one statement, in their order. They are one JSON parameter, so its text is always the same. */
export async function insertEvents(trx: Trx, events: readonly AuditEvent[]): Promise<void> {
  const given = trx
    .selectFrom(sql<NewEntry>`json_to_recordset(${JSON.stringify(events.map(toRow))}::json)`.as<'e'>(newEntryRecord))
    .select(entryColumns)
  await trx.insertInto('accounts_audit').columns(entryColumns).expression(given).execute()
}

/** What stands in the JSON, as PostgreSQL reads it. */
const newEntryRecord = sql`e(user_id uuid, actor_id uuid, action text, fields text[], method text, request_id text,
  detail jsonb)`

function toRow({ userId, actorId, action, fields, method, requestId, detail = {} }: AuditEvent): NewEntry {
  const request_id = recordableId(requestId)
  return { user_id: userId, actor_id: actorId, action, fields: fields.map(recordable), method, request_id, detail }
}

/** Staff stay unnamed in what a person is shown. */
const author = sql<AuditEntry['by']>`case
  when actor_id is null then 'system' when actor_id = user_id then 'self' else 'other' end`.as('by')

/** Newest first, from before the given id; served by the index on (user_id, id). */
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
