import type { FastifyRequest } from 'fastify'
import type { Credential } from '../credentials/credential.ts'
import type { UseRecorder } from '../credentials/use-recorder.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { UserEntry } from '../users/memory/entry.ts'
import type { Users } from '../users/users.service.ts'
import { createRequestAuth } from './auth.ts'
import type { AuthContext } from './auth-context.ts'
import { identityOf, originOf } from './known-identity.ts'
import type { MethodName, RequestAuth } from './request-auth.ts'

/** From the hash of a secret to `request.auth`, for credentials that this installation gave out. */
export interface CredentialAuth {
  /** At once while it is known and fresh. Throws or rejects with what `check` throws, `A0U_USER_INACTIVE` and what users/ rejects with. */
  authenticate(hash: Buffer, request: FastifyRequest): RequestAuth | Promise<RequestAuth>
  /** Makes the next use of a credential ask the database, in this process. */
  forget(id: string): void
}

export interface CredentialAuthOptions {
  readonly context: AuthContext
  readonly method: MethodName
  /** One indexed query. */
  readonly find: (hash: Buffer) => Promise<Credential | undefined>
  /** The error for a secret that was never issued. */
  readonly unknown: () => Auth0UsersError
  /**
   * What may end a credential without a change of its row; called at each use.
   *
   * @param usedAt the last use before this one, in milliseconds.
   */
  readonly check: (credential: Credential, entry: UserEntry, usedAt: number) => void
  readonly users: Users
  readonly uses: UseRecorder
  /** How many are kept in memory. */
  readonly cacheSize: number
  /** Seconds. */
  readonly ttl: number
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

interface Known {
  readonly credential: Credential
  readonly entry: UserEntry
  readonly auth: RequestAuth
  readonly freshUntil: number
}

const none: ReadonlySet<string> = new Set()

export function createCredentialAuth(options: CredentialAuthOptions): CredentialAuth {
  const { method, find, unknown, check, users, uses, cacheSize, now } = options
  const cache = new Map<string, Known>()
  const running = new Map<string, Promise<Known>>()

  /** Counts what was forgotten, so that a row read before is not kept after. */
  let forgotten = 0

  async function load(key: string, hash: Buffer, request: FastifyRequest): Promise<Known> {
    const asked = now()
    const before = forgotten
    const credential = await find(hash)
    if (credential === undefined) throw unknown()
    const identity = identityOf(credential.subject)
    const entry = users.current(identity) ?? (await users.resolve(identity, originOf(method, identity, request)))
    // The identity changed hands between the two questions.
    if (entry.user.id !== credential.userId) throw unknown()
    const { subject, scopes, id: credentialId } = credential
    const { user, permissions } = entry
    const owner = { principal: 'user', subject, claims: null, user, permissions, claimed: none } as const
    const auth = createRequestAuth({ context: options.context, method, ...owner, scopes, credentialId })
    const known = { credential, entry, auth, freshUntil: before === forgotten ? asked + options.ttl * 1000 : 0 }
    keep(key, known)
    return known
  }

  function keep(key: string, known: Known): void {
    if (known.freshUntil === 0) return
    const [oldest] = cache.keys()
    if (cache.size >= cacheSize && oldest !== undefined && !cache.has(key)) cache.delete(oldest)
    cache.set(key, known)
  }

  function accept({ credential, entry, auth }: Known): RequestAuth {
    if (!entry.user.is_active) throw new Auth0UsersError('A0U_USER_INACTIVE')
    // A token that is limited to nothing can do nothing, not even on routes that ask for no permission.
    if (credential.scopes?.size === 0) throw new Auth0UsersError('A0U_PERMISSION_DENIED')
    check(credential, entry, Math.max(credential.usedAt, uses.latest(credential.id)))
    uses.note(credential.id)
    return auth
  }

  return {
    authenticate(hash, request) {
      const key = hash.toString('latin1')
      const known = cache.get(key)
      if (known !== undefined && now() < known.freshUntil && now() < known.entry.freshUntil) return accept(known)
      cache.delete(key)
      let loading = running.get(key)
      if (loading === undefined) {
        loading = load(key, hash, request).finally(() => running.delete(key))
        running.set(key, loading)
      }
      return loading.then(accept)
    },
    forget(id) {
      forgotten++
      for (const [key, { credential }] of cache) if (credential.id === id) cache.delete(key)
    },
  }
}
