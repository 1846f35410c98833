/**
 * Freezes a JSON value and everything in it. A loop instead of recursion: the depth of the value is its sender's choice.
 *
 * @returns the same value.
 */
export function deepFreeze<T>(root: T): T {
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null) continue
    Object.freeze(value)
    for (const inner of Object.values(value)) waiting.push(inner)
  }
  return root
}
