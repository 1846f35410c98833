import { isUtf8 } from 'node:buffer'
import { isObject, own } from '../lib/json.ts'
import { readCloudEvent } from './cloud-event.ts'
import { readLogRecord } from './log-record.ts'
import { join, type Message, malformed, type Place } from './message.ts'

/** Most messages of one body. */
const maxMessages = 1000

/** The messages of a body and how many others it holds. */
export interface ReadBody {
  readonly messages: readonly Message[]
  readonly ignored: number
}

/**
 * Reads an untrusted body: one event, a list of events or log records, or `{ logs: [...] }`. One fault refuses
 * the whole body, so that nothing of it is half done. Throws `A0U_EVENT_MALFORMED`.
 */
export function readBody(raw: Buffer): ReadBody {
  const value = parse(raw)
  const logs = isObject(value) ? own(value, 'logs') : undefined
  const read = Array.isArray(logs)
    ? readAll(logs, 'logs')
    : Array.isArray(value)
      ? readAll(value, '')
      : [readOne(value, '')]
  const messages = read.filter(message => message !== null)
  return { messages, ignored: read.length - messages.length }
}

function readAll(list: readonly unknown[], place: Place): (Message | null)[] {
  if (list.length > maxMessages) throw malformed(place, `must hold ${maxMessages} messages at the most`)
  return list.map((one, index) => readOne(one, join(place, String(index))))
}

function readOne(value: unknown, place: Place): Message | null {
  if (!isObject(value)) throw malformed(place, 'must be an event or a log record')
  return Object.hasOwn(value, 'log_id') ? readLogRecord(value, place) : readCloudEvent(value, place)
}

function parse(raw: Buffer): unknown {
  if (!isUtf8(raw)) throw malformed('', 'is not UTF-8')
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    // The parser's message quotes the body.
    throw malformed('', 'is not valid JSON; set the content format of a log stream to JSON Array')
  }
}
