import { createHash } from 'node:crypto'
import { Auth0UsersError } from '../errors.ts'

/** A strong entity tag (RFC 9110 §8.8.3) of a JSON representation. */
export function entityTag(representation: object): string {
  return `"${createHash('sha256').update(JSON.stringify(representation)).digest('base64url')}"`
}

const listed = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/

/**
 * Evaluates `If-Match` (RFC 9110 §13.1.1) by strong comparison: a weak tag matches nothing.
 *
 * @param header the header's value; undefined when it was not sent, which matches anything.
 * @throws Auth0UsersError `A0U_PRECONDITION_FAILED` (412), or `A0U_HEADER_INVALID` (400) for a malformed header.
 */
export function requireMatch(header: string | undefined, current: string): void {
  if (header === undefined || header.trim() === '*') return
  const tags = splitTags(header)
  if (!tags.every(tag => listed.test(tag))) {
    throw new Auth0UsersError('A0U_HEADER_INVALID', {
      faults: [{ field: 'If-Match', message: 'must be * or a list of entity tags in double quotes' }],
    })
  }
  if (!tags.includes(current)) throw new Auth0UsersError('A0U_PRECONDITION_FAILED')
}

/**
 * Evaluates `If-None-Match` (RFC 9110 §13.1.2) by weak comparison. A malformed header matches nothing, so
 * that its sender gets the whole representation.
 *
 * @param header the header's value; undefined when it was not sent.
 */
export function isKnown(header: string | undefined, current: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || splitTags(header).some(tag => tag.replace(/^W\//, '') === current)
}

/** Commas inside the quotes belong to the tag. */
function splitTags(header: string): string[] {
  return (header.match(/(?:[^",]|"[^"]*"?)+/g) ?? [''])
    .map(tag => tag.trim())
    .filter((tag, _at, all) => tag !== '' || all.length === 1)
}
