import { afterCommit } from '../db/after-commit.ts'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { insertEvent, insertEvents, selectEvents } from './audit.repository.ts'
import type { Actor, AuditEntry, AuditEvent } from './event.ts'
import { logEvent } from './log.ts'

export type { Actor, AuditAction, AuditEntry, AuditEvent } from './event.ts'

/** The system itself: migrations, sweeps, commands. */
export const system: Actor = { actorId: null, method: null, requestId: null }

/** Writes one event, and logs it after the commit. Takes a transaction so that the event stands or falls with the change it records. */
export async function record(trx: Trx, event: AuditEvent): Promise<void> {
  await insertEvent(trx, event)
  afterCommit(trx, log => logEvent(log, event))
}

/** Writes several events with one statement, in their order. */
export async function recordAll(trx: Trx, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return
  await insertEvents(trx, events)
  for (const event of events) afterCommit(trx, log => logEvent(log, event))
}

export interface AuditPage {
  readonly items: readonly AuditEntry[]
  /** Pass as `before` to read on; null on the last page. */
  readonly next: string | null
}

/** A person's trail, newest first. `before` is the `next` of the page before; `limit` is 1 or more. */
export async function list(db: DbOrTrx, userId: string, page: { before?: string; limit: number }): Promise<AuditPage> {
  const rows = await selectEvents(db, userId, page.before, page.limit + 1)
  const items = rows.slice(0, page.limit)
  const last = items.at(-1)
  return { items, next: rows.length > page.limit && last !== undefined ? last.id : null }
}

/** Entries read at once for the export. */
const exportPage = 500

/** All that the trail holds on a person, newest first, for the export; read page by page as it is asked for. */
export async function* exportPages(db: DbOrTrx, userId: string): AsyncGenerator<AuditEntry> {
  let before: string | null | undefined
  while (before !== null) {
    const page: AuditPage = await list(db, userId, { ...(before === undefined ? {} : { before }), limit: exportPage })
    yield* page.items
    before = page.next
  }
}
