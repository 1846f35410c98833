import type { Db } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { errorType, histogram, stopwatch, withSpan } from '../telemetry.ts'
import { selectByIdentities } from './by-identity.repository.ts'
import type { UserRow } from './users.repository.ts'

/** Most identities asked for by one statement. */
const maxBatch = 500

/** Most queries at one time. */
const maxRunning = 4

/** Reads people by identity from the primary. */
export interface UserLoader {
  /** The row behind an identity, or undefined. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
  load(subject: string): Promise<UserRow | undefined>
}

const measureSize = histogram('users.load.batch_size')
const measureDuration = histogram('users.load.duration')

interface Waiting {
  readonly promise: Promise<UserRow | undefined>
  resolve(row: UserRow | undefined): void
  reject(error: unknown): void
}

/**
 * All misses of one turn of the event loop become one query, and so do those that come while as many
 * queries run as may; those of the same identity share its answer. The queue is emptied before the query starts, so a
 * load never answers for a later write. Nobody waits for company: an idle loader asks in the same turn.
 */
export function createUserLoader(db: Db): UserLoader {
  let queue = new Map<string, Waiting>()
  let scheduled = false
  let running = 0

  function schedule(): void {
    if (scheduled || queue.size === 0 || running >= maxRunning) return
    scheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    scheduled = false
    const batch = queue
    queue = new Map()
    const subjects = [...batch.keys()]
    for (let start = 0; start < subjects.length; start += maxBatch) {
      running++
      void answer(db, subjects.slice(start, start + maxBatch), batch).finally(() => {
        running--
        schedule()
      })
    }
  }

  return {
    load(subject) {
      const waiting = queue.get(subject)
      if (waiting !== undefined) return waiting.promise
      const added = newWaiting()
      queue.set(subject, added)
      schedule()
      return added.promise
    },
  }
}

function newWaiting(): Waiting {
  let resolve!: Waiting['resolve']
  let reject!: Waiting['reject']
  const promise = new Promise<UserRow | undefined>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

async function answer(db: Db, subjects: readonly string[], batch: ReadonlyMap<string, Waiting>): Promise<void> {
  const elapsed = stopwatch()
  measureSize(subjects.length)
  try {
    const found = await withSpan(
      'users.load',
      { 'db.system.name': 'postgresql', 'batch.size': subjects.length },
      async () => await reaching(() => selectByIdentities(db, subjects)),
    )
    measureDuration(elapsed())
    for (const subject of subjects) batch.get(subject)?.resolve(found.get(subject))
  } catch (error) {
    measureDuration(elapsed(), { 'error.type': errorType(error) })
    for (const subject of subjects) batch.get(subject)?.reject(error)
  }
}
