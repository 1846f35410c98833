import { type JsonObject, own } from '../lib/json.ts'
import {
  createMessage,
  join,
  type Message,
  malformed,
  objectOf,
  type Place,
  subjectOf,
  textOf,
  timeOf,
} from './message.ts'

/**
 * An event of an Auth0 event stream (CloudEvents 1.0, JSON). Null for one that says nothing of people, and for
 * those that Auth0 sends to try the stream. Throws `A0U_EVENT_MALFORMED`.
 */
export function readCloudEvent(event: JsonObject, place: Place): Message | null {
  const version = own(event, 'specversion')
  if (version !== '1.0') throw malformed(join(place, 'specversion'), 'must be 1.0')
  const origin = { kind: 'event', source: textOf(event, 'source', place), id: textOf(event, 'id', place) } as const
  const type = textOf(event, 'type', place)
  const time = timeOf(event, 'time', place)
  if (own(event, 'a0purpose') === 'test' || !types.has(type)) return null
  const inside = join(place, 'data')
  const object = objectOf(objectOf(event, 'data', place), 'object', inside)
  const subject = subjectOf(object, 'user_id', join(inside, 'object'))
  if (type === 'user.deleted') return createMessage(origin, time, subject, { kind: 'deleted' })
  const blocked = own(object, 'blocked')
  const statement = {
    kind: 'person',
    claims: object,
    blocked: typeof blocked === 'boolean' ? blocked : undefined,
  } as const
  return createMessage(origin, time, subject, statement)
}

const types: ReadonlySet<string> = new Set(['user.created', 'user.updated', 'user.deleted'])
