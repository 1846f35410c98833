import type { FeedState } from '../change-feed/feed.ts'
import type { Db } from '../db/handle.ts'
import { ping } from '../db/ping.ts'
import { isUnavailable } from '../db/unavailable.ts'
import type { Clock } from '../lib/clock.ts'
import { within } from '../lib/timeout.ts'
import type { KeySetHealth, Tokens } from '../token/types.ts'
import type { Users } from '../users/users.service.ts'

/** How the plugin stands in this process. It names no person and holds no secret, but is meant for operators. */
export interface Health {
  /**
   * False only where requests would fail: no access token could be verified, whichever issuer it is from, or the
   * database cannot be reached and is needed.
   */
  readonly ok: boolean
  /** One for each issuer. */
  readonly keys: readonly KeySetHealth[]
  readonly database: DatabaseHealth
  /** The change feed: none was given, it works, or it does not (people are cached for the short time only). */
  readonly feed: FeedState
  readonly caches: { readonly tokens: CacheHealth; readonly users: CacheHealth }
  /** How many people, and how many API tokens and sessions, wait for their last use to be written. */
  readonly waiting: { readonly activity: number; readonly credentials: number }
}

/** How the database responded, for a health route. */
export interface DatabaseHealth {
  readonly reachable: boolean
  /** Why the last check failed: no response in time, no connection, or the statement was refused (no migrations?). */
  readonly failure: 'timeout' | 'unavailable' | 'refused' | null
  /** When the last check began, and when one last succeeded; ISO 8601. */
  readonly checkedAt: string
  readonly reachedAt: string | null
}

/** What is remembered, for a health route. */
export interface CacheHealth {
  /** Those whose time is over included. */
  readonly entries: number
  readonly max: number
}

/** What `app.auth0Users.health` looks at. */
export interface HealthOptions {
  /** How long the database may take to respond, in seconds [2]. */
  readonly timeout?: number
}

export interface HealthDeps {
  readonly tokens: Pick<Tokens<unknown>, 'check' | 'size'>
  readonly users: Pick<Users, 'caches' | 'waiting'>
  readonly credentials: { waiting(): number }
  readonly db: Db
  /** Whether requests need the database at all. */
  readonly needsDatabase: boolean
  /** Bounds. */
  readonly cache: { readonly tokens: number; readonly users: number }
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** A check without a result says nothing of a busy pool, as long as the last result is no older than this. */
const patience = 10_000

/** `app.auth0Users.health`. */
export function createHealth(deps: HealthDeps): (options?: HealthOptions) => Promise<Health> {
  const { tokens, users, credentials, cache, needsDatabase } = deps
  const checkDatabase = databaseCheck(deps)

  return async ({ timeout = 2 } = {}) => {
    const [keys, database] = await Promise.all([tokens.check(), checkDatabase(timeout)])
    const canVerify = keys.some(({ usable }) => usable)
    const { feed, users: people } = users.caches()
    return {
      ok: canVerify && (database.reachable || !needsDatabase),
      keys,
      database,
      feed,
      caches: {
        tokens: { entries: tokens.size, max: cache.tokens },
        users: { entries: people, max: cache.users },
      },
      waiting: { activity: users.waiting, credentials: credentials.waiting() },
    }
  }
}

/**
 * A check may hang with its connection while the database responds on others, so another one is begun after this
 * time, in milliseconds; at most so many wait at once.
 */
const abandonAfter = 5000
const maxWaiting = 3

/** One check for all who ask, so that probes never pile up in front of a database that hangs. */
function databaseCheck({ db, now }: HealthDeps): (timeout: number) => Promise<DatabaseHealth> {
  let running: Promise<DatabaseHealth['failure']> | undefined
  let waiting = 0
  let startedAt = 0
  let reachedAt: number | null = null

  async function ask(): Promise<DatabaseHealth['failure']> {
    try {
      await ping(db)
      reachedAt = now()
      return null
    } catch (error) {
      return isUnavailable(error) ? 'unavailable' : 'refused'
    }
  }

  function check(): Promise<DatabaseHealth['failure']> {
    const isAbandoned = now() - startedAt >= abandonAfter && waiting < maxWaiting
    if (running !== undefined && !isAbandoned) return running
    startedAt = now()
    waiting++
    const begun = ask().finally(() => {
      waiting--
      if (running === begun) running = undefined
    })
    running = begun
    return begun
  }

  return async timeout => {
    const failure = await within(timeout, check())
    const isBusy = failure === 'timeout' && reachedAt !== null && now() - reachedAt < patience
    return {
      reachable: failure === null || isBusy,
      failure,
      checkedAt: new Date(startedAt).toISOString(),
      reachedAt: reachedAt === null ? null : new Date(reachedAt).toISOString(),
    }
  }
}
