import type { Clock } from '../../lib/clock.ts'
import type { UserCache } from './cache.ts'
import type { UserEntry } from './entry.ts'
import { createEvictions } from './evictions.ts'

/** Keeps people in memory, but none whose row changed after it was read. */
export interface Keeper {
  /** To be called before the row is read. */
  begin(): Reading
  /** Keeps the entry for its time, unless the person was evicted meanwhile. Answers the entry. */
  keep(subject: string, entry: UserEntry, reading: Reading): UserEntry
  evict(userId: string): void
  evictEverybody(): void
}

/** When a read began. */
export interface Reading {
  /** Milliseconds since the epoch. */
  readonly asked: number
  /** Which evictions came before. */
  readonly mark: number
}

export interface KeeperOptions {
  readonly cache: UserCache
  /** How long an entry may be used from when its row was asked for, in seconds. */
  readonly ttl: () => number
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** How many evicted people are remembered, for the reads that were under way. */
const maxEvictions = 10_000

export function createKeeper({ cache, ttl, now }: KeeperOptions): Keeper {
  const evictions = createEvictions(maxEvictions)
  return {
    begin: () => ({ asked: now(), mark: evictions.mark() }),
    keep(subject, entry, { asked, mark }) {
      if (evictions.since(mark, entry.user.id)) return entry
      entry.freshUntil = asked + ttl() * 1000
      cache.set(subject, entry)
      return entry
    },
    evict(userId) {
      evictions.add(userId)
      cache.evict(userId)
    },
    evictEverybody() {
      evictions.addAll()
      cache.clear()
    },
  }
}
