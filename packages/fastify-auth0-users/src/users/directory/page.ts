import { Auth0UsersError } from '../../errors.ts'
import { isUuid } from '../../lib/text.ts'
import { type SearchField, type SearchPosition, searchFields } from './directory.repository.ts'

const maxPageSize = 100
const defaultPageSize = 20

/** @throws Auth0UsersError `A0U_BODY_INVALID`. */
export function pageSize(limit: number | undefined = defaultPageSize): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxPageSize) return limit
  throw invalid('limit', `must be a whole number from 1 to ${maxPageSize}`)
}

/**
 * Reads a cursor, `field.id`.
 *
 * @throws Auth0UsersError `A0U_BODY_INVALID`.
 */
export function after(cursor: string | undefined): SearchPosition | undefined {
  if (cursor === undefined) return undefined
  const [name = '', id = '', ...rest] = cursor.split('.')
  const field = searchFields.find(known => known === name)
  if (field === undefined || rest.length > 0 || !isUuid(id)) throw invalid('after', 'must be the next of a page')
  return { field, id }
}

export function toCursor(field: SearchField, id: string): string {
  return `${field}.${id}`
}

function invalid(field: string, message: string): Auth0UsersError {
  return new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field, message }] })
}
