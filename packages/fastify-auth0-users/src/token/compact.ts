import { isUtf8 } from 'node:buffer'
import { Auth0UsersError } from '../errors.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { maxAuthorizationLength } from '../wire/authorization.ts'

/** The three segments of a JWS in compact form (RFC 7515 §3.1), each canonical base64url. Untrusted. */
export interface CompactSegments {
  readonly header: string
  readonly payload: string
  readonly signature: string
}

const alphabet = /^[A-Za-z0-9_-]+$/
/** The last characters that leave the unused bits zero, by length modulo 4 (RFC 4648 §3.5). */
const lastOfTwo = /[AQgw]$/
const lastOfThree = /[AEIMQUYcgkosw048]$/

/** Whether a text is base64url without padding, non-empty, and the only spelling of its bytes. */
export function isCanonicalBase64url(text: string): boolean {
  if (!alphabet.test(text)) return false
  const rest = text.length % 4
  return rest === 0 || (rest === 2 && lastOfTwo.test(text)) || (rest === 3 && lastOfThree.test(text))
}

/**
 * Splits a token. Throws `A0U_TOKEN_TOO_LARGE`, `A0U_TOKEN_ENCRYPTED` for five segments (JWE, RFC 7516)
 * and `A0U_TOKEN_MALFORMED` for everything else that is not three canonical segments.
 */
export function splitCompact(raw: string): CompactSegments {
  if (raw.length > maxAuthorizationLength) throw new Auth0UsersError('A0U_TOKEN_TOO_LARGE')
  const segments = raw.split('.', 6)
  if (segments.length === 5) throw new Auth0UsersError('A0U_TOKEN_ENCRYPTED')
  if (segments.length !== 3 || !segments.every(isCanonicalBase64url)) throw malformed()
  const [header = '', payload = '', signature = ''] = segments
  return { header, payload, signature }
}

/** The JSON object in a segment. Throws `A0U_TOKEN_MALFORMED` unless it is valid UTF-8, JSON and an object. */
export function decodeObject(segment: string): JsonObject {
  const bytes = Buffer.from(segment, 'base64url')
  if (!isUtf8(bytes)) throw malformed()
  const value = parseJson(bytes.toString('utf8'))
  if (!isObject(value)) throw malformed()
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the input, so it must not travel along as a cause.
    throw malformed()
  }
}

function malformed(): Auth0UsersError {
  return new Auth0UsersError('A0U_TOKEN_MALFORMED')
}
