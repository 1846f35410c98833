import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import type { KeySource } from './key-source.ts'
import type { KeyStore } from './key-store.ts'
import type { LoadLog } from './load-state.ts'
import type { SharedKeySet, SharedKeys } from './shared-keys.ts'

/** Loads one issuer's key set into its store, one load at a time. */
export interface KeyLoader {
  /** The load under way, or null. */
  readonly underWay: Promise<void> | null
  /** Joins the load under way or starts one; `network` passes the shared store by. Never rejects. */
  load(from: 'anywhere' | 'network'): Promise<void>
}

export interface KeyLoaderOptions {
  readonly store: KeyStore
  readonly source: KeySource
  readonly shared: SharedKeys
  readonly loads: LoadLog
  readonly log: FastifyBaseLogger
  readonly now: Clock
  /** Called after each load. */
  readonly onLoaded: () => void
}

export function createKeyLoader({ store, source, shared, loads, log, now, onLoaded }: KeyLoaderOptions): KeyLoader {
  let underWay: Promise<void> | null = null

  /** What another process fetched, if it did so later than we. */
  async function readNewer(): Promise<SharedKeySet | null> {
    const set = await shared.read()
    return set !== null && set.fetchedAt > (loads.state.fetchedAt ?? Number.NEGATIVE_INFINITY) ? set : null
  }

  async function useShared({ keys }: SharedKeySet): Promise<boolean> {
    try {
      await store.replace(keys)
      return true
    } catch (error) {
      log.warn({ event: 'shared_cache.unusable', err: error }, 'the shared cache holds no usable signing key')
      return false
    }
  }

  async function useFetched(): Promise<void> {
    const fetchedAt = now()
    const keys = await source.fetch()
    await store.replace(keys)
    loads.succeeded('fetched', fetchedAt)
    shared.write({ keys, fetchedAt })
  }

  async function run(from: 'anywhere' | 'network'): Promise<void> {
    const newer = from === 'anywhere' ? await readNewer() : null
    if (newer !== null && now() < loads.dueAt(newer.fetchedAt) && (await useShared(newer))) {
      loads.succeeded('shared', newer.fetchedAt)
      return
    }
    try {
      await useFetched()
    } catch (error) {
      // In an outage an older set of another process is better than none.
      const stale = newer !== null && now() < loads.staleUntil(newer.fetchedAt) && (await useShared(newer))
      loads.failed(error, stale ? newer.fetchedAt : null)
    }
  }

  function load(from: 'anywhere' | 'network'): Promise<void> {
    underWay ??= run(from).finally(() => {
      underWay = null
      onLoaded()
    })
    return underWay
  }

  return {
    get underWay() {
      return underWay
    },
    load,
  }
}
