import type { TObject } from '@sinclair/typebox'
import type { ChangeFeed } from '../change-feed/feed.ts'
import { count, group, objectWith, seconds } from '../lib/option-schema.ts'

/** The option `cache`. */
export interface CacheOptions {
  /** How many verified tokens are kept. @default 10000 */
  readonly tokens?: number
  /** How many users are kept. @default 10000 */
  readonly users?: number
  /**
   * How long a user is used without reading the row again, in seconds; at most 5 while the change feed is down.
   *
   * @default 5, or 300 with `changes`
   */
  readonly ttl?: number
  /** What reports changes in the database, for instance `pgChangeFeed(pool)`. @default none */
  readonly changes?: ChangeFeed
}

/** The option `cache`. */
export const cacheSchema: TObject = group({
  tokens: count({ description: 'how many verified tokens are kept', default: 10_000 }),
  users: count({ description: 'how many users are kept', default: 10_000 }),
  ttl: seconds(0, {
    description:
      'how long a user is used without asking the database again, at most 5 while the feed is down; 0 asks at each request',
    defaultText: '5; 300 with `cache.changes`',
  }),
  changes: objectWith(['listen'], {
    must: 'a change feed, for instance pgChangeFeed(pool)',
    description:
      'what reports changes in the database: `pgChangeFeed(pool)`, `pgliteChangeFeed(pglite)` or your own; see [operations](operations.md#caching-and-change-feed)',
  }),
})

/** How long a user is kept by default, in seconds: without and with a change feed. */
const defaultTtl = 5
const defaultTtlWithFeed = 300

export function defaultCacheTtl(changes: ChangeFeed | null): number {
  return changes === null ? defaultTtl : defaultTtlWithFeed
}
