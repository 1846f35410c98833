import { type RawBuilder, sql } from 'kysely'

/** The last and the first moment that a `Date` can hold; stand for PostgreSQL's `infinity` and `-infinity`. */
const furthest = 8.64e15

/** How PostgreSQL writes a `timestamptz` with `DateStyle` ISO, and ISO 8601 itself; every other text is ambiguous. */
const isoTime = /^\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)$/

/**
 * A `timestamptz` as the host's driver read it, in milliseconds since the epoch: a `Date`, ISO text (where
 * the host set a type parser), or a number.
 *
 * @throws TypeError for every other value: a time that cannot be read with certainty must not count as none.
 */
export function toMillis(value: Date | string | number): number {
  if (value === 'infinity') return furthest
  if (value === '-infinity') return -furthest
  const millis = read(value)
  if (Number.isNaN(millis)) throw new TypeError('the driver returned a time that is neither a Date nor ISO 8601 text')
  return Math.max(-furthest, Math.min(furthest, millis))
}

function read(value: Date | string | number): number {
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  return typeof value === 'string' && isoTime.test(value) ? new Date(value).getTime() : Number.NaN
}

/** The same as ISO 8601 text in UTC. */
export function toIso(value: Date | string | number): string {
  return new Date(toMillis(value)).toISOString()
}

/**
 * The column in milliseconds since the epoch, whatever `DateStyle` and the host's type parsers are: a driver that
 * cannot parse a text gives null, which would read as "no time".
 */
export function epochMillis(column: string): RawBuilder<number> {
  return sql<number>`floor(extract(epoch from ${sql.ref(column)}) * 1000)::float8`
}
