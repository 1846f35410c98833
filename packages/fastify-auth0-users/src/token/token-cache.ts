import type { VerificationKey } from './keys/key-store.ts'
import type { VerifiedToken } from './types.ts'

/** A token that was verified, and what ends it. */
export interface CachedToken<Slot> {
  readonly raw: string
  readonly token: VerifiedToken<Slot>
  /** Milliseconds since the epoch. */
  readonly validUntil: number
  readonly key: VerificationKey
}

/** Verified tokens only, so that forged ones cannot push them out. */
export interface TokenCache<Slot> {
  /** The entry of exactly this token, unless it expired or its key may no longer be used. */
  find(raw: string, now: number): CachedToken<Slot> | undefined
  store(entry: CachedToken<Slot>): void
  clear(): void
  /** How many are kept; those that expired included. */
  readonly size: number
  /** How many were evicted because the cache was full. */
  readonly evicted: number
}

/** The end of a token is its signature: 258 bits of it, cheaper to hash than the whole. */
const tailLength = 43

/**
 * A Map in two generations: when the recent one holds half of `size`, it becomes the older one, and
 * what was the older one is dropped unless it was used in the meantime. No list to maintain, no
 * allocation for a hit. A tail is only where to look: the whole token is compared.
 */
export function createTokenCache<Slot>(size: number): TokenCache<Slot> {
  const half = Math.floor(size / 2)
  let recent = new Map<string, CachedToken<Slot>>()
  let older = new Map<string, CachedToken<Slot>>()
  let evicted = 0

  function put(tail: string, entry: CachedToken<Slot>): void {
    if (recent.size >= half && !recent.has(tail)) {
      evicted += older.size
      older = recent
      recent = new Map()
    }
    recent.set(tail, entry)
  }

  function find(raw: string, now: number): CachedToken<Slot> | undefined {
    const tail = raw.slice(-tailLength)
    let entry = recent.get(tail)
    if (entry === undefined) {
      entry = older.get(tail)
      if (entry === undefined) return undefined
      older.delete(tail)
      put(tail, entry)
    }
    return entry.raw === raw && now < entry.validUntil && now < entry.key.trustedUntil ? entry : undefined
  }

  function store(entry: CachedToken<Slot>): void {
    if (half > 0) put(entry.raw.slice(-tailLength), entry)
  }

  function clear(): void {
    recent = new Map()
    older = new Map()
  }

  return {
    find,
    store,
    clear,
    get size() {
      return recent.size + older.size
    },
    get evicted() {
      return evicted
    },
  }
}
