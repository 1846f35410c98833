import type { UserEntry } from './entry.ts'

/**
 * Entries by identity, bounded: two generations of maps, the older dropped when the newer is full.
 * What is dropped or replaced is also ended (`freshUntil = 0`), because a cached token may still point
 * at it and an eviction could no longer reach it.
 */
export interface UserCache {
  get(subject: string): UserEntry | undefined
  set(subject: string, entry: UserEntry): void
  /** Ends every entry of this person. */
  evict(userId: string): void
  /** No entry is fresh for longer than this, in milliseconds since the epoch. */
  limit(freshUntil: number): void
  /** Ends every entry. */
  clear(): void
  readonly size: number
  /** How many were dropped so far: because the cache was full, or because the user changed. */
  readonly evicted: { readonly size: number; readonly change: number }
}

/** Those of one person: mostly one, which needs no list of its own. */
type UserEntries = UserEntry | readonly UserEntry[]

interface Generation {
  readonly bySubject: Map<string, UserEntry>
  readonly byUser: Map<string, UserEntries>
}

const newGeneration = (): Generation => ({ bySubject: new Map(), byUser: new Map() })

/** @param max how many entries are kept at the most; at least half as many stay after a change of generation. */
export function createUserCache(max: number): UserCache {
  const perGeneration = Math.max(1, Math.floor(max / 2))
  let young = newGeneration()
  let old = newGeneration()
  const evicted = { size: 0, change: 0 }

  function put(subject: string, entry: UserEntry): void {
    if (young.bySubject.size >= perGeneration && !young.bySubject.has(subject)) {
      evicted.size += limitAll(old, 0, young)
      old = young
      young = newGeneration()
    }
    young.bySubject.set(subject, entry)
    const sameUser = young.byUser.get(entry.user.id)
    if (sameUser === undefined) young.byUser.set(entry.user.id, entry)
    else if (!listOf(sameUser).includes(entry))
      young.byUser.set(entry.user.id, [...listOf(sameUser).filter(isFresh), entry])
  }

  return {
    get(subject) {
      const entry = young.bySubject.get(subject)
      if (entry !== undefined) return entry
      const older = old.bySubject.get(subject)
      if (older !== undefined) put(subject, older)
      return older
    },
    set(subject, entry) {
      for (const { bySubject } of [young, old]) {
        const before = bySubject.get(subject)
        if (before !== undefined && before !== entry) before.freshUntil = 0
      }
      put(subject, entry)
    },
    evict(userId) {
      for (const generation of [young, old]) {
        for (const entry of listOf(generation.byUser.get(userId) ?? [])) evicted.change += limit(entry, 0)
      }
    },
    limit(freshUntil) {
      for (const generation of [young, old]) limitAll(generation, freshUntil)
    },
    clear() {
      for (const generation of [young, old]) evicted.change += limitAll(generation, 0)
      young = newGeneration()
      old = newGeneration()
    },
    evicted,
    get size() {
      return young.bySubject.size + old.bySubject.size
    },
  }
}

const listOf = (entries: UserEntries): readonly UserEntry[] => ('user' in entries ? [entries] : entries)

const isFresh = (entry: UserEntry): boolean => entry.freshUntil > 0

/** Shortens the life of what is in a generation, unless it is in another one as well; returns how many lives ended. */
function limitAll({ bySubject }: Generation, freshUntil: number, kept?: Generation): number {
  let ended = 0
  for (const [subject, entry] of bySubject) {
    if (kept?.bySubject.get(subject) !== entry) ended += limit(entry, freshUntil)
  }
  return ended
}

/** Answers 1 if that ended the entry's life, 0 otherwise. */
function limit(entry: UserEntry, freshUntil: number): number {
  const ended = freshUntil === 0 && isFresh(entry) ? 1 : 0
  entry.freshUntil = Math.min(entry.freshUntil, freshUntil)
  return ended
}
