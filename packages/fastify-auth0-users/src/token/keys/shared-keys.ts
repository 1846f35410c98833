import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { isFiniteNumber, isObject, own } from '../../lib/json.ts'
import type { SharedCache } from '../types.ts'
import { maxKeys } from './jwk.ts'
import { callStore, storedItem } from './shared-call.ts'

/** A key set as another process left it in the shared store. As untrusted as a fetched one. */
export interface SharedKeySet {
  readonly keys: readonly unknown[]
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
}

/** The second level for key sets. A store that is broken, silent or full of junk is the same as none. */
export interface SharedKeys {
  read(): Promise<SharedKeySet | null>
  write(set: SharedKeySet): void
}

export interface SharedKeysOptions {
  readonly cache: SharedCache | null
  readonly issuer: string
  /** How long an entry is of use, in milliseconds. */
  readonly lifetime: number
  readonly log: FastifyBaseLogger
  readonly now: Clock
}

/** How far the clocks of two processes may differ, in milliseconds. */
const maxSkew = 60_000
const segment = 'fastify-auth0-users'

export function createSharedKeys({ cache, issuer, lifetime, log, now }: SharedKeysOptions): SharedKeys {
  if (cache === null) return { read: async () => null, write: () => undefined }
  const key = { id: `jwks:${issuer}`, segment }
  const fail = (error: unknown): void =>
    log.warn({ event: 'shared_cache.failed', issuer, err: error }, 'the shared cache failed')

  async function read(): Promise<SharedKeySet | null> {
    try {
      return readSet(await callStore(done => cache?.get(key, done)), now())
    } catch (error) {
      fail(error)
      return null
    }
  }

  function write(set: SharedKeySet): void {
    try {
      cache?.set(key, set, lifetime, error => {
        if (error) fail(error)
      })
    } catch (error) {
      fail(error)
    }
  }

  return { read, write }
}

/** A time far in the future is junk: it would never fall due. */
function readSet(answer: unknown, now: number): SharedKeySet | null {
  const item = storedItem(answer)
  if (!isObject(item)) return null
  const [keys, fetchedAt] = [own(item, 'keys'), own(item, 'fetchedAt')]
  if (!Array.isArray(keys) || keys.length > maxKeys) return null
  if (!isFiniteNumber(fetchedAt) || fetchedAt > now + maxSkew) return null
  return { keys, fetchedAt: Math.min(fetchedAt, now) }
}
