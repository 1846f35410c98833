import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { counter } from '../../telemetry/index.ts'
import type { FetchFailure, JwksOptions } from '../types.ts'
import { failureOf } from './jwks-fetch.ts'
import type { KeyStore } from './key-store.ts'

/** How one issuer's key set stands. All times in milliseconds since the epoch. */
export interface LoadState {
  readonly source: 'none' | 'fetched' | 'shared'
  /** When the set in use was fetched; null before the first one. */
  readonly fetchedAt: number | null
  /** Until when the set may be used without asking again. */
  readonly trustedUntil: number
  /** From when on it is used only because it could not be renewed. */
  readonly staleFrom: number
  /** Why the last load failed; null where it did not. */
  readonly lastFailure: FetchFailure | null
  /** Before this time no fetch starts: an outage is asked about less and less often. */
  readonly nextAttemptAt: number
}

/** Keeps that state, and the store's keys in step with it. */
export interface LoadLog {
  readonly state: LoadState
  /** From when a set fetched at this time should be fetched again. */
  dueAt(fetchedAt: number): number
  /** Until when a set fetched at this time may be used although it cannot be renewed. */
  staleUntil(fetchedAt: number): number
  succeeded(source: 'fetched' | 'shared', fetchedAt: number): void
  /** `stale` names when the set was fetched that another process left and that now takes the place of ours. */
  failed(error: unknown, stale: number | null): void
}

export interface LoadLogOptions {
  readonly issuer: string
  readonly jwks: JwksOptions
  readonly store: KeyStore
  readonly log: FastifyBaseLogger
  readonly now: Clock
}

const firstDelay = 1000
/** While known keys are usable, the next fetch can wait longer than while every request is refused. */
const maxDelay = { usable: 30_000, unusable: 5000 }

const noKeys: LoadState = {
  source: 'none',
  fetchedAt: null,
  trustedUntil: 0,
  staleFrom: 0,
  lastFailure: null,
  nextAttemptAt: 0,
}

const countLoad = counter('jwks.loads')

export function createLoadLog({ issuer, jwks, store, log, now }: LoadLogOptions): LoadLog {
  let state: LoadState = noKeys
  let failures = 0

  const dueAt = (fetchedAt: number): number => fetchedAt + jwks.ttl * jwks.refreshAhead * 1000
  const staleUntil = (fetchedAt: number): number => fetchedAt + (jwks.ttl + jwks.maxStale) * 1000

  function succeeded(source: 'fetched' | 'shared', fetchedAt: number): void {
    if (failures > 0) log.info({ event: 'keys.available', issuer }, 'the signing keys can be fetched again')
    failures = 0
    const staleFrom = fetchedAt + jwks.ttl * 1000
    state = { source, fetchedAt, trustedUntil: staleFrom, staleFrom, lastFailure: null, nextAttemptAt: 0 }
    store.schedule(staleFrom, dueAt(fetchedAt))
    countLoad({ outcome: source })
  }

  /** From now on what is there is used up to `maxStale`, and no request waits for the next attempt. */
  function failed(error: unknown, stale: number | null): void {
    failures++
    const fetchedAt = stale ?? state.fetchedAt
    const since = fetchedAt ?? Number.NEGATIVE_INFINITY
    const trustedUntil = staleUntil(since)
    const longest = now() < trustedUntil ? maxDelay.usable : maxDelay.unusable
    const nextAttemptAt = now() + Math.min(firstDelay * 2 ** (failures - 1), longest)
    const lastFailure = failureOf(error)
    const staleFrom = since + jwks.ttl * 1000
    const source = stale === null ? state.source : 'shared'
    state = { source, fetchedAt, trustedUntil, staleFrom, lastFailure, nextAttemptAt }
    store.schedule(trustedUntil, nextAttemptAt)
    countLoad({ outcome: 'failed', 'error.type': lastFailure })
    log.warn(
      { event: 'keys.unavailable', issuer, reason: lastFailure, failures, err: error },
      'the signing keys could not be fetched',
    )
  }

  return {
    get state() {
      return state
    },
    dueAt,
    staleUntil,
    succeeded,
    failed,
  }
}
