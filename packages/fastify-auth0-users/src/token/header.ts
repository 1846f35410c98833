import { Auth0UsersError } from '../errors.ts'
import { type JsonObject, own } from '../lib/json.ts'
import { isPrintable } from '../lib/text.ts'
import { decodeObject } from './compact.ts'
import type { TokenType } from './types.ts'

/** What a token's header must be, from our own configuration. */
export interface HeaderRules {
  readonly algorithm: 'RS256' | 'HS256'
  /** For other kinds of tokens the media types that are accepted, without `application/`; an absent one always is. */
  readonly tokenType: TokenType | readonly string[]
}

/** The longest header segment that is decoded, in base64url characters. */
const maxHeaderLength = 4096
const maxKidLength = 255

/** Most headers that are remembered: each key and type of token that is in use has one. */
const maxRemembered = 64

/**
 * Checks the header segment of a token and returns the key's id (`null` under HS256, where there is one secret).
 * Throws `A0U_TOKEN_*`.
 */
export type HeaderReader = (segment: string) => string | null

/**
 * A reader for these rules. The tokens of one key have the same header, so those that passed are remembered: reading
 * one anew takes a twentieth of all that an unseen token costs.
 */
export function createHeaderReader(rules: HeaderRules): HeaderReader {
  const passed = new Map<string, string | null>()
  return segment => {
    const known = passed.get(segment)
    if (known !== undefined) return known
    const kid = readHeader(segment, rules)
    if (passed.size >= maxRemembered) passed.clear()
    passed.set(segment, kid)
    return kid
  }
}

/** Before any key is looked at. `jwk`, `jku`, `x5u` and `x5c` are never read (RFC 8725 §3.10). */
function readHeader(segment: string, rules: HeaderRules): string | null {
  if (segment.length > maxHeaderLength) throw new Auth0UsersError('A0U_TOKEN_TOO_LARGE')
  const header = decodeObject(segment)
  checkAlgorithm(header, rules.algorithm)
  checkExtensions(header)
  checkType(header, rules.tokenType)
  return rules.algorithm === 'RS256' ? readKeyId(header) : null
}

/** Whether a text can name a key: RFC 7515 leaves `kid` open, we bound it. */
export function isKeyId(kid: unknown): kid is string {
  return typeof kid === 'string' && kid !== '' && kid.length <= maxKidLength && isPrintable(kid)
}

function checkAlgorithm(header: JsonObject, algorithm: string): void {
  if (own(header, 'alg') === algorithm) return
  throw new Auth0UsersError('A0U_TOKEN_ALGORITHM', { cause: new Error(`expected algorithm: ${algorithm}`) })
}

/** RFC 7515 §4.1.11 and RFC 7797: no extension is understood here, so none may be demanded. */
function checkExtensions(header: JsonObject): void {
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) {
    throw new Auth0UsersError('A0U_TOKEN_CRITICAL_HEADER')
  }
}

/** RFC 8725 §3.11, RFC 9068 §2.1. `cty: JWT` announces a token inside the token (RFC 7519 §5.2). */
function checkType(header: JsonObject, policy: TokenType | readonly string[]): void {
  if (mediaType(own(header, 'cty')) === 'jwt') throw new Auth0UsersError('A0U_TOKEN_ENCRYPTED')
  const type = mediaType(own(header, 'typ'))
  if (typeof policy !== 'string') {
    if (!Object.hasOwn(header, 'typ') || policy.includes(type ?? '')) return
    throw new Auth0UsersError('A0U_TOKEN_TYPE')
  }
  if (type === 'at+jwt') return
  if (policy === 'any' && (type === 'jwt' || !Object.hasOwn(header, 'typ'))) return
  const expected = policy === 'at+jwt' ? 'at+jwt' : 'JWT or at+jwt'
  throw new Auth0UsersError('A0U_TOKEN_TYPE', { cause: new Error(`expected type: ${expected}`) })
}

/** A media type in lower case without its optional `application/`; undefined for a value that is not a text. */
function mediaType(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase().replace(/^application\//, '') : undefined
}

function readKeyId(header: JsonObject): string {
  const kid = own(header, 'kid')
  if (!isKeyId(kid)) throw new Auth0UsersError('A0U_TOKEN_KEY_ID')
  return kid
}
