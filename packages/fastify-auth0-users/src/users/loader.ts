import type { Db } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { withSpan } from '../telemetry.ts'
import { type IdentityRow, selectByIdentities } from './users.repository.ts'

/** Most identities asked for by one statement. */
const maxBatch = 500

/** Reads people by identity from the primary. */
export interface UserLoader {
  /** The row behind an identity, or undefined. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
  load(subject: string): Promise<IdentityRow | undefined>
}

interface Waiting {
  readonly promise: Promise<IdentityRow | undefined>
  resolve(row: IdentityRow | undefined): void
  reject(error: unknown): void
}

/**
 * All misses of one turn of the event loop become one query; those of the same identity share its
 * answer. The queue is emptied before the query starts, so a load never answers for a later write.
 */
export function createUserLoader(db: Db): UserLoader {
  let queue = new Map<string, Waiting>()

  function flush(): void {
    const batch = queue
    queue = new Map()
    const subjects = [...batch.keys()]
    for (let start = 0; start < subjects.length; start += maxBatch) {
      void answer(db, subjects.slice(start, start + maxBatch), batch)
    }
  }

  return {
    load(subject) {
      const waiting = queue.get(subject)
      if (waiting !== undefined) return waiting.promise
      if (queue.size === 0) setImmediate(flush)
      const added = newWaiting()
      queue.set(subject, added)
      return added.promise
    },
  }
}

function newWaiting(): Waiting {
  let resolve!: Waiting['resolve']
  let reject!: Waiting['reject']
  const promise = new Promise<IdentityRow | undefined>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { promise, resolve, reject }
}

async function answer(db: Db, subjects: readonly string[], batch: ReadonlyMap<string, Waiting>): Promise<void> {
  try {
    const rows = await withSpan('users.load', { 'batch.size': subjects.length }, () =>
      reaching(() => selectByIdentities(db, subjects)),
    )
    const found = new Map(rows.map(row => [row.subject, row]))
    for (const subject of subjects) batch.get(subject)?.resolve(found.get(subject))
  } catch (error) {
    for (const subject of subjects) batch.get(subject)?.reject(error)
  }
}
