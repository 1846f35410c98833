/** The last and the first moment that a `Date` can tell; stand for PostgreSQL's `infinity` and `-infinity`. */
const furthest = 8.64e15

/**
 * A `timestamptz` as the host's driver read it, in milliseconds since the epoch: a `Date`, text (where
 * the host set a type parser), or a number for `infinity`.
 */
export function toMillis(value: Date | string | number): number {
  if (value === 'infinity') return furthest
  if (value === '-infinity') return -furthest
  if (typeof value === 'number') return Math.max(-furthest, Math.min(furthest, value))
  return value instanceof Date ? value.getTime() : new Date(value).getTime()
}

/** The same as ISO 8601 text in UTC. */
export function toIso(value: Date | string | number): string {
  return (value instanceof Date ? value : new Date(toMillis(value))).toISOString()
}
