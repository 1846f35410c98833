import { isUtf8 } from 'node:buffer'
import { Auth0UsersError } from '../errors.ts'
import { maxAuthorizationLength } from './bearer.ts'

/** The three segments of a JWS in compact form (RFC 7515 §3.1), each canonical base64url. Untrusted. */
export interface CompactSegments {
  readonly header: string
  readonly payload: string
  readonly signature: string
}

/** A JSON object as parsed: own properties only are ever read, so that a `__proto__` member is harmless. */
export type JsonObject = Readonly<Record<string, unknown>>

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
  if (!isJsonObject(value)) throw malformed()
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON's 1e400 parses to Infinity, which is no number that anything can be done with. */
export function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

/** An own property, never an inherited one. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
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
