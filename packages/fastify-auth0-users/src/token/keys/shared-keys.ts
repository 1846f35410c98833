import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { isFiniteNumber, isObject, own } from '../../lib/json.ts'
import type { SharedKeyStore } from '../types.ts'
import { maxKeys } from './jwk.ts'
import { callStore, storedItem } from './shared-call.ts'

/** A key set as another process left it in the shared store, signed with the host's secret. */
export interface SharedKeySet {
  readonly keys: readonly unknown[]
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
}

/**
 * The second level for key sets. A store that is broken, silent or full of junk is the same as none; so is an entry that
 * is not signed with the secret.
 */
export interface SharedKeys {
  read(): Promise<SharedKeySet | null>
  write(set: SharedKeySet): void
}

export interface SharedKeysOptions {
  readonly cache: SharedKeyStore | null
  readonly issuer: string
  /** How long an entry is of use, in milliseconds. */
  readonly lifetime: number
  readonly log: FastifyBaseLogger
  readonly now: Clock
}

/** An entry of the store. */
export interface SealedKeySet {
  /** JSON of a `SharedKeySet`. */
  readonly set: string
  /** HMAC-SHA-256 over issuer and `set`, base64url. */
  readonly mac: string
}

/** How far the clocks of two processes may differ, in milliseconds. */
const maxSkew = 60_000

/** As large as a fetched set may be, in characters. */
const maxLength = 1_048_576

const segment = 'fastify-auth0-users'

export function createSharedKeys({ cache, issuer, lifetime, log, now }: SharedKeysOptions): SharedKeys {
  const none: SharedKeys = { read: async () => null, write: () => undefined }
  if (cache === null) return none
  const { store, secret } = cache
  if (secret === null) {
    // Nothing in the store could be distinguished from a forged entry.
    log.warn({ event: 'shared_cache.unsigned', issuer }, 'jwks.cache is not used: it has no secret to sign its entries')
    return none
  }
  const seal: string = secret
  const key = { id: `jwks:${issuer}`, segment }
  const fail = (error: unknown): void =>
    log.warn({ event: 'shared_cache.failed', issuer, err: error }, 'the shared cache failed')

  function opened(item: unknown): SharedKeySet | null {
    if (item == null) return null
    const set = openKeySet(item, issuer, seal)
    if (set !== null) return readSet(set, now())
    log.warn(
      { event: 'shared_cache.refused', issuer },
      'an entry of the shared cache is not signed with jwks.cache.secret',
    )
    return null
  }

  async function read(): Promise<SharedKeySet | null> {
    try {
      return opened(storedItem(await callStore(done => store.get(key, done))))
    } catch (error) {
      fail(error)
      return null
    }
  }

  function write(set: SharedKeySet): void {
    callStore(done => store.set(key, sealKeySet(set, issuer, seal), lifetime, done)).catch(fail)
  }

  return { read, write }
}

/** Signs a key set for the store. */
export function sealKeySet({ keys, fetchedAt }: SharedKeySet, issuer: string, secret: string): SealedKeySet {
  const set = JSON.stringify({ keys, fetchedAt })
  return { set, mac: macOf(set, issuer, secret).toString('base64url') }
}

/** The content of an entry, as JSON; null unless it is signed. Untrusted. */
function openKeySet(item: unknown, issuer: string, secret: string): unknown {
  if (!isObject(item)) return null
  const [set, mac] = [own(item, 'set'), own(item, 'mac')]
  if (typeof set !== 'string' || typeof mac !== 'string' || set.length > maxLength) return null
  const [given, expected] = [Buffer.from(mac, 'base64url'), macOf(set, issuer, secret)]
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null
  return JSON.parse(set) as unknown
}

/** For its issuer only: an entry that was copied from one issuer to another does not verify. */
function macOf(set: string, issuer: string, secret: string): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify([segment, issuer, set]))
    .digest()
}

/** A time far in the future is junk: it would never fall due. */
function readSet(item: unknown, now: number): SharedKeySet | null {
  if (!isObject(item)) return null
  const [keys, fetchedAt] = [own(item, 'keys'), own(item, 'fetchedAt')]
  if (!Array.isArray(keys) || keys.length > maxKeys) return null
  if (!isFiniteNumber(fetchedAt) || fetchedAt > now + maxSkew) return null
  return { keys, fetchedAt: Math.min(fetchedAt, now) }
}
