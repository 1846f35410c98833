import type { ChangeWatch } from '../../change-feed/watch.ts'
import { observe } from '../../telemetry/index.ts'
import type { UserCache } from './cache.ts'

/** How often the cache had an entry, and how often it had none. */
export interface Lookups {
  hits: number
  misses: number
}

/** Reports the state of the user cache and the change feed; returns a function that ends it. */
export function observeUsers(cache: UserCache, lookups: Lookups, watch: ChangeWatch): () => void {
  return observe({
    'user_cache.lookups': () => [
      [lookups.hits, { outcome: 'hit' }],
      [lookups.misses, { outcome: 'miss' }],
    ],
    'user_cache.evictions': () => [
      [cache.evicted.size, { reason: 'size' }],
      [cache.evicted.change, { reason: 'change' }],
    ],
    'user_cache.entries': () => [[cache.size]],
    'change_feed.up': () => (watch.state === 'none' ? [] : [[watch.state === 'up' ? 1 : 0]]),
  })
}
