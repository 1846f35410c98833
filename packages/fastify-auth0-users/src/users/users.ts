import type { Databases } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { createUserCache } from './cache.ts'
import { toEntry, type UserEntry } from './entry.ts'
import type { UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import { createUserLoader } from './loader.ts'
import { createProvisioner, type ProvisioningOptions } from './provision.ts'
import { applyChanges, changesOf, type UpdatePolicy } from './update.ts'
import type { UserChanges } from './users.repository.ts'

/** `true`: new people get a row; `existing`: only people with a row get in; `false`: no row is looked for. */
export type ProvisionMode = true | 'existing' | false

export interface UsersOptions extends ProvisioningOptions {
  readonly provision: ProvisionMode
  readonly update: UpdatePolicy
  /** How many people are kept in memory. */
  readonly cacheSize: number
  /** How long a loaded person is used without asking again, in seconds. */
  readonly ttl: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The room's service: from an identity to a person. */
export interface Users {
  /** The person behind an identity, at once if known, fresh and in step with the token. */
  current(identity: Identity): UserEntry | undefined
  /**
   * The person behind an identity: read, made, or brought up to date with the token. Concurrent calls
   * for one identity share one run. Rejects with `A0U_USER_UNKNOWN`, `A0U_EMAIL_CONFLICT`,
   * `A0U_DATABASE_UNAVAILABLE`, `A0U_HOOK_FAILED` or a hook's own 4xx error.
   */
  resolve(identity: Identity, origin: Origin): Promise<UserEntry>
  /** Makes the next request of this person read their row again, in this process. */
  evict(userId: string): void
}

/** How many taken addresses are remembered. */
const maxTakenEmails = 1000

export function createUsers(databases: Databases, hooks: UserHooks, options: UsersOptions): Users {
  const cache = createUserCache(options.cacheSize)
  const loader = createUserLoader(databases.primary)
  const provisioner = createProvisioner(databases, hooks, options)
  const running = new Map<string, Promise<UserEntry>>()

  /** Counts evictions, so that a row read before one is not kept after it. */
  let evictions = 0

  /** Addresses that turned out to be somebody else's, by identity, so that they are not tried at every load. */
  const takenEmails = new Map<string, string>()

  function changes(entry: UserEntry, identity: Identity): UserChanges | undefined {
    const wanted = entry.user.is_active ? changesOf(entry, identity, options.update) : undefined
    if (wanted?.email === undefined || wanted.email !== takenEmails.get(identity.subject)) return wanted
    const { email: _email, email_verified: _verified, ...rest } = wanted
    return Object.keys(rest).length === 0 ? undefined : rest
  }

  function rememberTaken(identity: Identity, email: string): void {
    if (takenEmails.size >= maxTakenEmails) takenEmails.clear()
    takenEmails.set(identity.subject, email)
  }

  async function read(subject: string): Promise<UserEntry | undefined> {
    const asked = options.now()
    const before = evictions
    const row = await loader.load(subject)
    if (row === undefined) return undefined
    return toEntry(row, before === evictions ? asked + options.ttl * 1000 : 0)
  }

  async function readOrProvision(identity: Identity, origin: Origin): Promise<UserEntry> {
    const found = await read(identity.subject)
    if (found !== undefined) return found
    if (options.provision !== true) throw new Auth0UsersError('A0U_USER_UNKNOWN')
    await provisioner.provision(identity, origin)
    const made = await read(identity.subject)
    if (made === undefined) throw new Auth0UsersError('A0U_USER_UNKNOWN')
    return made
  }

  async function run(identity: Identity, origin: Origin): Promise<UserEntry> {
    let entry = await readOrProvision(identity, origin)
    const changed = changes(entry, identity)
    if (changed !== undefined) {
      const result = await applyChanges(databases, hooks, entry, identity, changed, origin)
      if (result === 'email_taken' && changed.email !== undefined) rememberTaken(identity, changed.email)
      entry = (await read(identity.subject)) ?? entry
    }
    if (entry.freshUntil > 0) cache.set(identity.subject, entry)
    return entry
  }

  return {
    current(identity) {
      const entry = cache.get(identity.subject)
      if (entry === undefined || options.now() >= entry.freshUntil) return undefined
      return changes(entry, identity) === undefined ? entry : undefined
    },
    evict(userId) {
      evictions++
      cache.evict(userId)
    },
    async resolve(identity, origin) {
      const key = identity.subject
      for (let under = running.get(key); under !== undefined; under = running.get(key)) {
        const entry = await under
        if (changes(entry, identity) === undefined) return entry
      }
      const work = run(identity, origin).finally(() => running.delete(key))
      running.set(key, work)
      return await work
    },
  }
}
