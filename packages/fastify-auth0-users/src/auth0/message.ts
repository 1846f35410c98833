import { createHash } from 'node:crypto'
import { Auth0UsersError } from '../errors.ts'
import { isObject, type JsonObject, own } from '../lib/json.ts'
import { isPrintable, isUsableSubject } from '../lib/text.ts'

/** What a message says of an identity. */
export type Statement =
  /** The user's current state, as claims; whether the user is blocked, where the message says it. */
  | { readonly kind: 'person'; readonly claims: JsonObject; readonly blocked: boolean | undefined }
  | { readonly kind: 'blocked'; readonly blocked: boolean }
  | { readonly kind: 'deleted' }

/** A message of Auth0, whichever way it came. */
export interface Message {
  /** SHA-256 of its kind, source and id: equal for a repeat alone. */
  readonly idHash: Uint8Array
  /** When it happened, in milliseconds since the epoch. */
  readonly time: number
  /** Sorts as text by `time`, and messages of the same millisecond always the same way. */
  readonly order: string
  readonly subject: string
  readonly statement: Statement
}

/** Where a message stands in the body, for faults: `` for the body itself, `3`, `logs.3`. */
export type Place = string

const maxTextLength = 512
/** RFC 3339 §5.6. */
const moment = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/

export function createMessage(
  origin: { readonly kind: 'event' | 'log'; readonly source: string; readonly id: string },
  time: number,
  subject: string,
  statement: Statement,
): Message {
  const idHash = hashOf(origin.kind, origin.source, origin.id)
  const order = `${String(time).padStart(15, '0')}.${idHash.toString('hex').slice(0, 16)}`
  return { idHash, time, order, subject, statement }
}

/** SHA-256 of texts, different for each way to cut them. */
export function hashOf(...texts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(texts)).digest()
}

/** A required text of a bounded length. */
export function textOf(object: JsonObject, name: string, place: Place): string {
  const value = own(object, name)
  if (typeof value === 'string' && value !== '' && value.length <= maxTextLength && isPrintable(value)) return value
  throw malformed(join(place, name), 'must be a text')
}

export function objectOf(object: JsonObject, name: string, place: Place): JsonObject {
  const value = own(object, name)
  if (isObject(value)) return value
  throw malformed(join(place, name), 'must be an object')
}

/** A required moment, in milliseconds since the epoch. */
export function timeOf(object: JsonObject, name: string, place: Place): number {
  const text = textOf(object, name, place)
  const time = moment.test(text) ? Date.parse(text) : Number.NaN
  if (time >= 0) return time
  throw malformed(join(place, name), 'must be a moment of RFC 3339')
}

/** A required `sub`, as it would stand in a token. */
export function subjectOf(object: JsonObject, name: string, place: Place): string {
  const subject = textOf(object, name, place)
  if (isUsableSubject(subject)) return subject
  throw malformed(join(place, name), 'must be the id of a user')
}

export function malformed(field: string, message: string): Auth0UsersError {
  return new Auth0UsersError('A0U_EVENT_MALFORMED', { faults: [{ field: field === '' ? 'body' : field, message }] })
}

export function join(place: Place, name: string): string {
  return place === '' ? name : `${place}.${name}`
}
