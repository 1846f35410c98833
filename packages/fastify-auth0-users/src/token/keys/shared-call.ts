import { isObject, own } from '../../lib/json.ts'

/** A store in the same data centre answers in a few milliseconds; waiting longer would cost more than it saves. */
const patience = 500

/** One answer of a callback-style store; rejects with its error, or after half a second of silence. */
export async function callStore(start: (done: (error: unknown, value?: unknown) => void) => void): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the shared cache gave no answer in time')), patience).unref()
    start((error, value) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(value)
    })
  })
}

/** abstract-cache answers `{ item, stored, ttl }`, or null where there is nothing. */
export function storedItem(answer: unknown): unknown {
  return isObject(answer) ? own(answer, 'item') : undefined
}
