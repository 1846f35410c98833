import type { Note } from '../db/committed.ts'
import type { AuditAction, AuditEvent } from './event.ts'

/** What happens all the time, and what somebody should look at; the rest is `info`. */
const levels: { readonly [Action in AuditAction]?: Note['level'] } = {
  'user.updated': 'debug',
  'profile.updated': 'debug',
  'user.email_conflict': 'warn',
}

/** Columns whose change is a change of rights. */
const rights: ReadonlySet<string> = new Set(['is_staff', 'is_superuser', 'is_platform'])

/** The line of an audited change: what, whose, by whom and in which request; no value of any column. */
export function auditNote({ action, userId, actorId, method, requestId, fields, detail }: AuditEvent): Note {
  const { permission } = detail ?? {}
  // Below a column stand names that people may have chosen.
  const changed = [...new Set(fields.map(field => field.split('.', 1)[0]))]
  return {
    level: fields.some(field => rights.has(field)) ? 'warn' : (levels[action] ?? 'info'),
    fields: {
      ...{ event: action, userId, actorId, method, changed },
      ...(requestId === null ? {} : { reqId: requestId }),
      ...(typeof permission === 'string' ? { permission } : {}),
    },
    message: 'a change was put on record',
  }
}
