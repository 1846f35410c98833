import type { CommitLog } from '../db/after-commit.ts'
import type { AuditAction, AuditEvent } from './event.ts'

type Level = Exclude<keyof CommitLog, 'error'>

/** What happens all the time, and what needs attention; the rest is `info`. */
const levels: { readonly [Action in AuditAction]?: Level } = {
  'user.updated': 'debug',
  'profile.updated': 'debug',
  'user.email_conflict': 'warn',
}

/** Columns whose change is a change of rights. */
const rights: ReadonlySet<string> = new Set(['is_staff', 'is_superuser', 'is_platform'])

/** The line of an audited change: what, whose, by whom and in which request; no value of any column. */
export function logEvent(log: CommitLog, event: AuditEvent): void {
  const { action, userId, actorId, method, requestId, fields, detail } = event
  const { permission } = detail ?? {}
  // Below a column stand names that people may have chosen.
  const changed = [...new Set(fields.map(field => field.split('.', 1)[0]))]
  const level = fields.some(field => rights.has(field)) ? 'warn' : (levels[action] ?? 'info')
  const line: Record<string, unknown> = { event: action, userId, actorId, method, changed }
  if (requestId !== null) line['reqId'] = requestId
  if (typeof permission === 'string') line['permission'] = permission
  log[level](line, 'a change was recorded')
}
