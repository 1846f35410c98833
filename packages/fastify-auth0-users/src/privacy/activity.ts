import { Auth0UsersError, type Fault } from '../errors.ts'
import { isObject } from '../lib/json.ts'

/** Where a page of the trail begins and how long it is. */
export interface PageQuery {
  readonly before?: string
  readonly limit: number
}

export const defaultPageSize = 20
export const maxPageSize = 100

/** The largest value of PostgreSQL's `bigint`. */
const maxId = 2n ** 63n - 1n

/**
 * Reads `?before=&limit=` of an untrusted query: `before` is the `next` of the page before, `limit` 1 to 100 [20].
 *
 * @throws Auth0UsersError `A0U_QUERY_INVALID` (400).
 */
export function parsePageQuery(query: unknown): PageQuery {
  const { before, limit } = isObject(query) ? query : {}
  const faults: Fault[] = []
  if (before !== undefined && !isCursor(before)) faults.push({ field: 'before', message: 'must be the next of a page' })
  if (limit !== undefined && !isLimit(limit)) {
    faults.push({ field: 'limit', message: `must be a whole number from 1 to ${maxPageSize}` })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_QUERY_INVALID', { faults })
  const size = { limit: limit === undefined ? defaultPageSize : Number(limit) }
  return before === undefined ? size : { ...size, before: before as string }
}

function isCursor(value: unknown): boolean {
  return typeof value === 'string' && /^[1-9]\d{0,18}$/.test(value) && BigInt(value) <= maxId
}

function isLimit(value: unknown): boolean {
  return typeof value === 'string' && /^[1-9]\d{0,2}$/.test(value) && Number(value) <= maxPageSize
}
