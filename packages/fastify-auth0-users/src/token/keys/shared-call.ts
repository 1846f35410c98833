import { isObject, own } from '../../lib/json.ts'

/** A store in the same data centre responds in a few milliseconds; waiting longer would cost more than it saves. */
const patience = 500

/** One result of a callback-style store; rejects with its error, or after half a second of silence. */
export async function callStore(start: (done: (error: unknown, value?: unknown) => void) => unknown): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the shared cache did not respond in time')), patience).unref()
    const done = (error: unknown, value?: unknown): void => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(value)
    }
    // A store of another style returns a promise and calls nothing; a rejection of it must not end the process.
    const returned = start(done)
    if (returned instanceof Promise) returned.then(value => done(null, value), done)
  })
}

/** abstract-cache returns `{ item, stored, ttl }`, or null where there is nothing. */
export function storedItem(answer: unknown): unknown {
  return isObject(answer) ? own(answer, 'item') : undefined
}
