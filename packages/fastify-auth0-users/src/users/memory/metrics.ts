import type { ChangeWatch } from '../../change-feed/watch.ts'
import { observe } from '../../telemetry/index.ts'
import type { UserCache } from './cache.ts'

/** How often memory answered, and how often it could not. */
export interface Lookups {
  hits: number
  misses: number
}

/** Reports how the memory of people and the change feed stand; answers what ends it. */
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
