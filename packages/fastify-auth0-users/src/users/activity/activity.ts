import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../../db/handle.ts'
import type { Clock } from '../../lib/clock.ts'
import { within } from '../../lib/timeout.ts'
import { counter, observe } from '../../telemetry/index.ts'
import { type Seen, updateSeen } from './activity.repository.ts'

export interface ActivityOptions {
  /** A person is written at most once in so many seconds, and all of them together as often. */
  readonly interval: number
  /** How many people are remembered between two writes [100 000]. */
  readonly capacity?: number
  /** Milliseconds since the epoch. */
  readonly now: Clock
  readonly log: FastifyBaseLogger
}

/** Who was seen when, kept in memory and written now and then. Nothing of it ever fails a request. */
export interface Activity {
  /** Notes that a person was seen now, with a token issued at `issuedAt` (milliseconds since the epoch). */
  seen(userId: string, issuedAt: number): void
  /** Writes what was noted; what cannot be written is kept for the next time. Never rejects. */
  flush(): Promise<void>
  /** How many people wait to be written. */
  readonly waiting: number
  /** Ends the timer and writes what was noted, for 5 seconds at the most. */
  close(): Promise<void>
}

interface Note {
  seen: number
  login: number
}

/** Most people of one statement. */
const maxBatch = 10_000

/** How long closing waits for the last write, in seconds. */
const patience = 5

const countDropped = counter('write_queue.dropped')
const countFailure = counter('write_queue.failures')

export function createActivity(db: Db, options: ActivityOptions): Activity {
  const { interval, capacity = 100_000, now, log } = options
  const notes = new Map<string, Note>()
  const timer = setInterval(() => void flush(), interval * 1000).unref()
  let writing: Promise<void> | undefined
  const unobserve = observe({ 'write_queue.entries': () => [[notes.size, { queue: 'activity' }]] })

  function keep(userId: string, { seen, login }: Note): void {
    const note = notes.get(userId)
    if (note !== undefined) {
      note.seen = Math.max(note.seen, seen)
      note.login = Math.max(note.login, login)
      return
    }
    if (notes.size >= capacity) dropOldest()
    notes.set(userId, { seen, login })
  }

  function dropOldest(): void {
    const [oldest] = notes.keys()
    if (oldest === undefined) return
    notes.delete(oldest)
    countDropped({ queue: 'activity' })
  }

  async function write(): Promise<void> {
    const taken = [...notes]
    notes.clear()
    for (let start = 0; start < taken.length; start += maxBatch) {
      try {
        await updateSeen(db, taken.slice(start, start + maxBatch).map(toRow), interval)
      } catch (error) {
        countFailure({ queue: 'activity' })
        log.warn(
          { event: 'activity.write_failed', err: error, people: taken.length - start },
          'activity could not be written and is kept',
        )
        for (const [userId, note] of taken.slice(start)) keep(userId, note)
        return
      }
    }
  }

  function flush(): Promise<void> {
    if (notes.size > 0) {
      writing ??= write().finally(() => {
        writing = undefined
      })
    }
    return writing ?? Promise.resolve()
  }

  return {
    seen: (userId, issuedAt) => keep(userId, { seen: now(), login: issuedAt }),
    flush,
    get waiting() {
      return notes.size
    },
    async close() {
      clearInterval(timer)
      const last = async (): Promise<void> => {
        await writing
        await flush()
      }
      await within(patience, last())
      if (notes.size > 0 || writing !== undefined)
        log.warn({ event: 'activity.lost', people: notes.size }, 'activity was lost at the end')
      unobserve()
    },
  }
}

function toRow([id, { seen, login }]: readonly [string, Note]): Seen {
  return { id, seen_at: new Date(seen).toISOString(), login_at: new Date(login).toISOString() }
}
