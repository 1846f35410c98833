import type { FastifyBaseLogger } from 'fastify'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { deleteExpired } from './event.repository.ts'

/** Least time between two deletions of a process, in milliseconds, and most rows of one. */
const every = 60_000
const batch = 1000

/** Deletes now and then what is remembered of old messages. Never rejects: what fails is done the next time. */
export function createTidy(databases: Databases, now: Clock): (log: FastifyBaseLogger) => Promise<void> {
  let last = 0
  return async log => {
    if (now() - last < every) return
    last = now()
    try {
      await deleteExpired(databases.primary, new Date(now()), batch)
    } catch (err) {
      log.warn({ event: 'auth0.tidy_failed', err }, 'old messages of Auth0 could not be deleted and are kept')
    }
  }
}
