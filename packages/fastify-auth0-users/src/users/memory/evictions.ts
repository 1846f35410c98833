/** Remembers who was evicted lately, so that a row that was read before an eviction is not kept after it. */
export interface Evictions {
  /** The moment before a read. */
  mark(): number
  add(userId: string): void
  addAll(): void
  /** Whether this person was, or may have been, evicted after the mark. */
  since(mark: number, userId: string): boolean
}

/** @param max how many people are remembered; when they are more, everybody counts as evicted once. */
export function createEvictions(max: number): Evictions {
  const byUser = new Map<string, number>()
  let count = 0
  let everybody = 0

  function addAll(): void {
    byUser.clear()
    everybody = ++count
  }

  return {
    mark: () => count,
    addAll,
    add(userId) {
      if (byUser.size >= max && !byUser.has(userId)) addAll()
      else byUser.set(userId, ++count)
    },
    since: (mark, userId) => everybody > mark || (byUser.get(userId) ?? 0) > mark,
  }
}
