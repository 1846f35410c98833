import type { FastifyBaseLogger } from 'fastify'
import type { HashValues } from '../audit/value-hashes.ts'
import type { ChangeFeed, FeedState } from '../change-feed/feed.ts'
import { createChangeWatch } from '../change-feed/watch.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isClientError } from '../lib/http-status.ts'
import type { UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import type { Alongside } from './memory/alongside.ts'
import { createUserCache } from './memory/cache.ts'
import { createChangesOf } from './memory/claim-changes.ts'
import { toEntry, type UserEntry } from './memory/entry.ts'
import { createKeeper } from './memory/fresh-entries.ts'
import { createUserLoader } from './memory/loader.ts'
import { type Lookups, observeUsers } from './memory/metrics.ts'
import { createProvisioner, type ProvisioningOptions } from './provisioning/provisioner.ts'
import { type UpdateDeps, type UpdatePolicy, updateUser, wantsEmail } from './update.ts'
import { updateFromToken } from './users.repository.ts'

/** `true`: new people get a row; `existing`: only people with a row get in; `false`: no row is looked for. */
export type ProvisionMode = true | 'existing' | false

export interface UsersOptions extends ProvisioningOptions {
  readonly provision: ProvisionMode
  readonly update: UpdatePolicy
  /** Hashes the values of changed columns for the audit trail; null for their names only. */
  readonly hashValues: HashValues | null
  /** How many people are kept in memory. */
  readonly cacheSize: number
  /** How long a loaded person is used without asking again, in seconds; with a feed that is down, 5 at the most. */
  readonly ttl: number
  /** What tells of changes, null for nothing, and the channel it listens on. */
  readonly changes: ChangeFeed | null
  readonly channel: string
  /** What another module reads with each user [nothing]. */
  readonly alongside?: Alongside
  readonly log: FastifyBaseLogger
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** The module's service: from an identity to a user. */
export interface Users {
  /** The person behind an identity, at once if known, fresh and in step with the token. */
  current(identity: Identity): UserEntry | undefined
  /**
   * The person behind an identity: read, made, or brought up to date with the token. Concurrent calls
   * for one identity share one run. Rejects with `A0U_USER_UNKNOWN`, `A0U_EMAIL_CONFLICT`,
   * `A0U_DATABASE_UNAVAILABLE`, `A0U_HOOK_FAILED` or a hook's own 4xx error.
   */
  resolve(identity: Identity, origin: Origin): Promise<UserEntry>
  /**
   * The user behind an identity who has a row already, from memory or read; nothing is made and nothing updated.
   *
   * @throws Auth0UsersError `A0U_DATABASE_UNAVAILABLE`.
   */
  find(subject: string): Promise<UserEntry | undefined>
  /** Makes the next request of this person read their row again, in this process. */
  evict(userId: string): void
  caches(): UserCacheHealth
  /** Cache hits; a caller that keeps an entry while it is fresh counts a hit too. */
  readonly lookups: Lookups
  /** How many people wait for their last activity to be written. */
  readonly waiting: number
  /** Starts listening for changes; waits for nothing. */
  watch(): void
  close(): Promise<void>
}

/** How the cache of people stands. */
export interface UserCacheHealth {
  /** The change feed: none was given, it works, or it does not (people are cached for the short time only). */
  readonly feed: FeedState
  /** How many people are kept; those whose time is over included. */
  readonly users: number
}

/** How long a person is used at the most while a feed is given but does not work, in seconds. */
const ttlWithoutNews = 5

interface Run {
  readonly identity: Identity
  readonly work: Promise<UserEntry>
}

export function createUsers(databases: Databases, hooks: UserHooks, options: UsersOptions): Users {
  const cache = createUserCache(options.cacheSize)
  const loader = createUserLoader(databases.primary, options.alongside)
  const provisioner = createProvisioner(databases, hooks, options)
  const updating: UpdateDeps = { hooks, hashValues: options.hashValues }
  const running = new Map<string, Run>()

  const shortTtl = Math.min(options.ttl, ttlWithoutNews)
  const ttl = (): number => (watch.state === 'down' ? shortTtl : options.ttl)
  const { begin, keep, evict, evictEverybody } = createKeeper({ cache, ttl, now: options.now })
  databases.onUserChanged(evict)
  const watch = createChangeWatch({
    ...{ feed: options.changes, channel: options.channel, db: databases.primary, log: options.log },
    onUsers: ids => ids.forEach(evict),
    onEverybody: evictEverybody,
    onBroken: silence => cache.limit(options.now() + (shortTtl - silence) * 1000),
  })

  const lookups: Lookups = { hits: 0, misses: 0 }
  const unobserve = observeUsers(cache, lookups, watch)

  const { changes, rememberTaken } = createChangesOf(options.update)

  async function read(subject: string): Promise<UserEntry | undefined> {
    const reading = begin()
    const row = await loader.load(subject)
    return row === undefined ? undefined : keep(subject, toEntry(row, 0), reading)
  }

  async function make(identity: Identity, origin: Origin): Promise<UserEntry> {
    const reading = begin()
    const made = await provisioner.provision(identity, origin)
    return made === undefined ? await readKnown(identity.subject) : keep(identity.subject, made, reading)
  }

  async function readKnown(subject: string): Promise<UserEntry> {
    const entry = await read(subject)
    if (entry === undefined) throw new Auth0UsersError('A0U_USER_UNKNOWN')
    return entry
  }

  /** Takes itself off the list in the end. */
  async function run(identity: Identity, origin: Origin): Promise<UserEntry> {
    try {
      const found = await read(identity.subject)
      if (found === undefined) {
        if (options.provision !== true) throw new Auth0UsersError('A0U_USER_UNKNOWN')
        return await inStep(await make(identity, origin), identity, origin)
      }
      if (options.complete !== null && wantsEmail(found, identity, options.update))
        return await completed(found, await options.complete(identity, origin), origin)
      // Nearly everybody; no further promise is made for them.
      return changes(found, identity) === undefined ? found : await inStep(found, identity, origin)
    } finally {
      running.delete(identity.subject)
    }
  }

  /** A user who had no email, with what another source reported; meanwhile the row may have been edited. */
  async function completed(entry: UserEntry, told: Identity, origin: Origin): Promise<UserEntry> {
    return changes(entry, told) === undefined ? entry : await inStep(await readKnown(told.subject), told, origin)
  }

  async function inStep(entry: UserEntry, identity: Identity, origin: Origin): Promise<UserEntry> {
    const changed = changes(entry, identity)
    if (changed === undefined) return entry
    const update = { user: entry.user, changes: changed, issuedAt: identity.issuedAt }
    const result = await reaching(() =>
      databases.transaction((trx, hostTrx) => updateUser(updating, { trx, hostTrx, origin }, update, updateFromToken)),
    )
    if (result === 'email_taken' && changed.email !== undefined) rememberTaken(identity, changed.email)
    evict(entry.user.id)
    return await readKnown(identity.subject)
  }

  return {
    current(identity) {
      const entry = cache.get(identity.subject)
      if (entry === undefined || options.now() >= entry.freshUntil || changes(entry, identity)) return undefined
      lookups.hits++
      return entry
    },
    async find(subject) {
      const entry = cache.get(subject)
      return entry !== undefined && options.now() < entry.freshUntil ? entry : await read(subject)
    },
    lookups,
    waiting: 0,
    evict,
    caches: () => ({ feed: watch.state, users: cache.size }),
    watch: watch.start,
    close: () => watch.close().finally(unobserve),
    async resolve(identity, origin) {
      lookups.misses++
      const key = identity.subject
      let isOlder = true
      for (let under = running.get(key); under !== undefined; under = running.get(key)) {
        const entry = await under.work.catch((error: unknown) => {
          // A refusal of one token says nothing about another of the same identity; an outage does.
          if (under.identity === identity || !isClientError(error)) throw error
          return undefined
        })
        // A run older than this call may have read what was changed, and evicted, before the call.
        if (entry !== undefined && (entry.freshUntil > 0 || !isOlder) && changes(entry, identity) === undefined)
          return entry
        isOlder = false
      }
      const work = run(identity, origin)
      running.set(key, { identity, work })
      return await work
    },
  }
}
