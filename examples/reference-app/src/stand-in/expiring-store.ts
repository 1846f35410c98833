/** A bounded map whose entries expire. A full map drops its oldest entry for a new one. */
export interface ExpiringStore<Value> {
  set(key: string, value: Value): void
  /** The value, or undefined when there is none or it has expired. */
  get(key: string): Value | undefined
  /** The value, which is removed: for what may be used once. */
  take(key: string): Value | undefined
  delete(key: string): void
}

export interface StoreOptions {
  readonly max: number
  /** Seconds. */
  readonly ttl: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export function createExpiringStore<Value>({ max, ttl, now }: StoreOptions): ExpiringStore<Value> {
  const entries = new Map<string, { readonly value: Value; readonly expires: number }>()

  const get = (key: string): Value | undefined => {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expires > now()) return entry.value
    entries.delete(key)
    return undefined
  }

  return {
    get,
    set: (key, value) => {
      entries.delete(key)
      const oldest = entries.keys().next()
      if (entries.size >= max && !oldest.done) entries.delete(oldest.value)
      entries.set(key, { value, expires: now() + ttl * 1000 })
    },
    take: key => {
      const value = get(key)
      entries.delete(key)
      return value
    },
    delete: key => void entries.delete(key),
  }
}
