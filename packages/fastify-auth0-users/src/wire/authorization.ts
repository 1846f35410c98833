import { Auth0UsersError } from '../errors.ts'

/** The longest Authorization header that is looked at, in characters (one byte each on the wire). */
export const maxAuthorizationLength = 16_384

/** An Authorization header taken apart (RFC 9110 §11.6.2). Untrusted. */
export interface Authorization {
  /** Lower case: `bearer`, `dpop`, `basic`, … */
  readonly scheme: string
  /** One token68 (RFC 9110 §11.2), as sent. */
  readonly credentials: string
}

/** auth-scheme 1*SP token68 */
const grammar = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([A-Za-z0-9._~+/-]+=*)$/

/**
 * The one Authorization header of Node's `rawHeaders`, where a second one is still visible.
 * Throws `A0U_AUTHORIZATION_MALFORMED` for two of them. Untrusted.
 */
export function authorizationHeader(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    // The length is compared first: lower-casing every name would cost more than the rest of the look-up.
    if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (found !== undefined) throw new Auth0UsersError('A0U_AUTHORIZATION_MALFORMED')
    found = rawHeaders[index + 1]
  }
  return found
}

/**
 * Takes an Authorization header apart. Throws `A0U_TOKEN_TOO_LARGE` over 16 KiB, before any parsing,
 * and `A0U_AUTHORIZATION_MALFORMED` for anything that is not one scheme, spaces and one token68.
 */
export function parseAuthorization(header: string): Authorization {
  if (header.length > maxAuthorizationLength) throw new Auth0UsersError('A0U_TOKEN_TOO_LARGE')
  const parts = grammar.exec(header)
  if (parts === null) throw new Auth0UsersError('A0U_AUTHORIZATION_MALFORMED')
  const [, scheme = '', credentials = ''] = parts
  return { scheme: scheme.toLowerCase(), credentials }
}
