import { isObject, type JsonObject, own } from '../lib/json.ts'
import {
  createMessage,
  join,
  type Message,
  objectOf,
  type Place,
  type Statement,
  subjectOf,
  textOf,
  timeOf,
} from './message.ts'

/**
 * A record of an Auth0 log stream: `{ log_id, data }`. Null for the many that say nothing that counts here.
 * Throws `A0U_EVENT_MALFORMED`.
 */
export function readLogRecord(record: JsonObject, place: Place): Message | null {
  const id = textOf(record, 'log_id', place)
  const inside = join(place, 'data')
  const data = objectOf(record, 'data', place)
  const type = textOf(data, 'type', inside)
  const tenant = own(data, 'tenant_name')
  const origin = { kind: 'log', source: typeof tenant === 'string' ? tenant : '', id } as const
  if (deletions.has(type)) {
    const subject = subjectOf(data, 'user_id', inside)
    return createMessage(origin, timeOf(data, 'date', inside), subject, { kind: 'deleted' })
  }
  const told = type === 'sapi' ? readApiCall(own(data, 'details')) : null
  return told === null ? null : createMessage(origin, timeOf(data, 'date', inside), told.subject, told.statement)
}

/** Successful deletions: by an administrator, or by the person. */
const deletions: ReadonlySet<string> = new Set(['sdu', 'du'])

/** A successful call of the Management API that blocked, unblocked or deleted a user. */
function readApiCall(details: unknown): { subject: string; statement: Statement } | null {
  const request = isObject(details) ? own(details, 'request') : undefined
  if (!isObject(request)) return null
  const subject = userOf(own(request, 'path'))
  const method = own(request, 'method')
  if (subject === null) return null
  if (method === 'delete') return { subject, statement: { kind: 'deleted' } }
  const body = own(request, 'body')
  const blocked = method === 'patch' && isObject(body) ? own(body, 'blocked') : undefined
  return typeof blocked === 'boolean' ? { subject, statement: { kind: 'blocked', blocked } } : null
}

/** The user that a path of the Management API names. */
function userOf(path: unknown): string | null {
  const [, encoded] = typeof path === 'string' ? (/^\/api\/v2\/users\/([^/?#]+)$/.exec(path) ?? []) : []
  if (encoded === undefined) return null
  try {
    return subjectOf({ id: decodeURIComponent(encoded) }, 'id', '')
  } catch {
    // A path without a user's id is not about a user; its text must not get into a log.
    return null
  }
}
