import type { Db } from '../../db/handle.ts'
import { reaching } from '../../db/unavailable.ts'
import { createBatcher } from '../../lib/batcher.ts'
import { errorType, histogram, stopwatch, withSpan } from '../../telemetry/index.ts'
import type { LoadedUser } from '../users.repository.ts'
import type { Alongside } from './alongside.ts'
import { selectByIdentities } from './by-identity.repository.ts'

/** Most identities asked for by one statement. */
const maxBatch = 500

/** Most queries at one time. */
const maxRunning = 4

/** Reads people by identity from the primary. */
export interface UserLoader {
  /** The row behind an identity, or undefined. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
  load(subject: string): Promise<LoadedUser | undefined>
}

const measureSize = histogram('users.load.batch_size')
const measureDuration = histogram('users.load.duration')

/**
 * All misses of one turn of the event loop become one query, and so do those that come while as many
 * queries run as may; those of the same identity share its result. A later request joins no query that has started: once a query
 * starts, a new one is made, so a load never misses an earlier write. No request waits to fill a batch: an idle loader queries in the same turn.
 */
export function createUserLoader(db: Db, alongside?: Alongside): UserLoader {
  const waiting = new Map<string, Promise<LoadedUser | undefined>>()
  const queries = createBatcher<string, LoadedUser | undefined>({
    maxBatch,
    maxRunning,
    run: subjects => {
      for (const subject of subjects) waiting.delete(subject)
      return select(db, subjects, alongside)
    },
  })

  return {
    load(subject) {
      const asked = waiting.get(subject)
      if (asked !== undefined) return asked
      const added = queries.add(subject)
      waiting.set(subject, added)
      return added
    },
  }
}

async function select(db: Db, subjects: readonly string[], alongside?: Alongside): Promise<(LoadedUser | undefined)[]> {
  const elapsed = stopwatch()
  measureSize(subjects.length)
  try {
    const found = await withSpan(
      'users.load',
      { 'db.system.name': 'postgresql', 'batch.size': subjects.length },
      async () => await reaching(() => selectByIdentities(db, subjects, alongside)),
    )
    measureDuration(elapsed())
    return subjects.map(subject => found.get(subject))
  } catch (error) {
    measureDuration(elapsed(), { 'error.type': errorType(error) })
    throw error
  }
}
