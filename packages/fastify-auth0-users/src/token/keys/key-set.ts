import { Auth0UsersError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { counter, observe } from '../../telemetry/index.ts'
import type { KeySetHealth, TokenOptions } from '../types.ts'
import { createAlarm } from './alarm.ts'
import { createKeyLoader, type KeyLoader } from './key-loader.ts'
import { createKeySource } from './key-source.ts'
import { createKeyStore, type KeyStore, type VerificationKey } from './key-store.ts'
import { createLoadLog, type LoadLog } from './load-state.ts'
import { createSharedKeys } from './shared-keys.ts'

/** The keys of one issuer, fetched when they are needed and kept fresh in the background. */
export interface KeySet {
  /**
   * The key of this id: at once when it is known, after a fetch otherwise. Throws or rejects with
   * `A0U_TOKEN_KEY_UNKNOWN` (401) or `A0U_KEYS_UNAVAILABLE` (503, with `retryAfter`).
   */
  lookup(kid: string): VerificationKey | Promise<VerificationKey>
  health(): KeySetHealth
  /** The same, after loading the set where a request would have to. Never rejects. */
  check(): Promise<KeySetHealth>
  /** Ends the fetch under way and the timer; no fetch starts afterwards. */
  close(): void
}

export type KeySetOptions = Pick<TokenOptions, 'jwks' | 'sharedCache' | 'newScope' | 'log' | 'now'>

const countLookup = counter('key.lookups')

interface Parts {
  readonly store: KeyStore
  readonly loader: KeyLoader
  readonly loads: LoadLog
}

/** `issuer` with its trailing slash; the set is read from `<issuer>.well-known/jwks.json`. */
export function createKeySet(issuer: string, { jwks, sharedCache, newScope, log, now }: KeySetOptions): KeySet {
  const source = createKeySource(`${issuer}.well-known/jwks.json`, jwks.timeout)
  const store = createKeyStore({ issuer, newScope, log, refresh })
  const lifetime = (jwks.ttl + jwks.maxStale) * 1000
  const shared = createSharedKeys({ cache: sharedCache, issuer, lifetime, log, now })
  const loads = createLoadLog({ issuer, jwks, store, log, now })
  const loader = createKeyLoader({ store, source, shared, loads, log, now, onLoaded })
  // A quiet process keeps its keys fresh too.
  const alarm = createAlarm(now, refresh)

  function refresh(): void {
    // Not too early: neither the keys nor the alarm are due before the next attempt.
    void loader.load('anywhere')
  }

  function onLoaded(): void {
    const { fetchedAt, nextAttemptAt } = loads.state
    if (fetchedAt !== null) alarm.set(Math.max(nextAttemptAt, loads.dueAt(fetchedAt)))
  }

  function times(): Pick<KeySetHealth, 'age' | 'nextRefresh'> {
    const { fetchedAt, nextAttemptAt, lastFailure } = loads.state
    // Without a set there is nothing to renew: the next request asks.
    if (fetchedAt === null) return { age: null, nextRefresh: null }
    const next = lastFailure === null ? loads.dueAt(fetchedAt) : nextAttemptAt
    return { age: (now() - fetchedAt) / 1000, nextRefresh: Math.max(0, next - now()) / 1000 }
  }

  function health(): KeySetHealth {
    const { source, trustedUntil, lastFailure } = loads.state
    const { age, nextRefresh } = times()
    return { issuer, keys: store.size, source, age, usable: now() < trustedUntil, nextRefresh, lastFailure }
  }

  /** As a request with a new token would, but for an unknown key. */
  async function check(): Promise<KeySetHealth> {
    const { trustedUntil, nextAttemptAt } = loads.state
    if (now() >= trustedUntil && now() >= nextAttemptAt) await loader.load('anywhere')
    return health()
  }

  const { hostname } = new URL(issuer)
  const unobserve = observe({
    'jwks.age': () => {
      const { age } = health()
      return age === null ? [] : [[age, { 'server.address': hostname }]]
    },
  })

  function close(): void {
    unobserve()
    alarm.close()
    source.close()
  }

  return { lookup: createLookup({ store, loader, loads }, jwks.cooldown * 1000, now), health, check, close }
}

/** Who waits for a load, who starts one and who is refused at once. `cooldown` in milliseconds. */
function createLookup({ store, loader, loads }: Parts, cooldown: number, now: Clock): KeySet['lookup'] {
  /** The first unknown id after a quiet time asks at once, so that a rotated key is picked up. */
  let nextUnknownAt = 0

  const isTrusted = (): boolean => now() < loads.state.trustedUntil
  const mayLoad = (): boolean => now() >= loads.state.nextAttemptAt

  function known(kid: string): VerificationKey | undefined {
    const key = store.get(kid)
    if (key === undefined || now() >= key.trustedUntil) return undefined
    return key
  }

  /** `renewed`: after a load. Distinguishes an outage from a set in normal use. */
  function count(renewed: boolean): void {
    const isStale = now() >= loads.state.staleFrom
    countLookup({ outcome: isStale ? 'stale' : renewed ? 'fetched' : 'hit' })
  }

  function lookup(kid: string): VerificationKey | Promise<VerificationKey> {
    const key = known(kid)
    if (key === undefined) return isTrusted() ? findUnknown(kid) : findFirst(kid)
    count(false)
    if (now() >= key.refreshAt) key.refresh()
    return key
  }

  /** No usable set: all requests wait for the one load, or get a Retry-After. */
  async function findFirst(kid: string): Promise<VerificationKey> {
    if (!mayLoad()) throw unavailable(loads.state.nextAttemptAt - now(), 'throttled')
    await loader.load('anywhere')
    const key = known(kid)
    if (key !== undefined) {
      count(true)
      return key
    }
    if (!isTrusted()) throw unavailable(loads.state.nextAttemptAt - now(), 'failed')
    // A set from the shared store may be older than the key.
    if (loads.state.source === 'shared') return await findUnknown(kid)
    throw unknown('unknown')
  }

  /**
   * A key that the set lacks: rotated, or made up. At most one fetch a cooldown is spent on finding out,
   * a request in the meantime shares it or is refused at once, and nothing is remembered of the id.
   */
  async function findUnknown(kid: string): Promise<VerificationKey> {
    if (loader.underWay === null) {
      if (now() < nextUnknownAt || !mayLoad()) throw unknown('throttled')
      nextUnknownAt = now() + cooldown
    }
    await loader.load('network')
    const key = known(kid)
    if (key === undefined) throw unknown(loads.state.lastFailure === null ? 'unknown' : 'failed')
    count(true)
    return key
  }

  return lookup
}

function unknown(outcome: 'unknown' | 'throttled' | 'failed'): Auth0UsersError {
  countLookup({ outcome })
  return new Auth0UsersError('A0U_TOKEN_KEY_UNKNOWN')
}

/** `wait` in milliseconds. */
function unavailable(wait: number, outcome: 'throttled' | 'failed'): Auth0UsersError {
  countLookup({ outcome })
  return new Auth0UsersError('A0U_KEYS_UNAVAILABLE', { retryAfter: wait / 1000 })
}
