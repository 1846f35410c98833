import { Auth0UsersError } from '../errors.ts'
import { isObject, type JsonObject, own } from '../lib/json.ts'
import { isPrintable } from '../lib/text.ts'
import { hashOf } from './message.ts'

/** What a logout token orders, after every check. */
export interface LogoutOrder {
  /** SHA-256 of issuer and `jti`. */
  readonly idHash: Uint8Array
  /** The session at Auth0; null: all of the person. */
  readonly sid: string | null
  readonly subject: string | null
  /** Milliseconds since the epoch. */
  readonly issuedAt: number
  /** Until when a repeat would pass for its time, in milliseconds since the epoch. */
  readonly validUntil: number
}

export interface LogoutRules {
  readonly clientIds: readonly string[]
  /** Seconds. */
  readonly clockTolerance: number
}

/** Types of the header that are accepted where there is one: its own, and that of any JWT. */
export const logoutTokenTypes: readonly string[] = ['logout+jwt', 'jwt']

const eventName = 'http://schemas.openid.net/event/backchannel-logout'
const maxTextLength = 255

/** The longest lifetime, in seconds: `jti`s are remembered for so long. */
const maxLifetime = 86_400

/**
 * The rules of OpenID Connect Back-Channel Logout 1.0 §2.6 for a payload whose issuer and signature were verified.
 * `now` in milliseconds. Throws `A0U_LOGOUT_TOKEN_INVALID`; what was wrong is its cause.
 */
export function checkLogoutToken(payload: JsonObject, rules: LogoutRules, now: number): LogoutOrder {
  checkAudience(own(payload, 'aud'), rules.clientIds)
  const { issuedAt, validUntil } = checkTimes(payload, rules.clockTolerance * 1000, now)
  const events = own(payload, 'events')
  if (!isObject(events) || !isObject(own(events, eventName))) throw invalid('events')
  // An ID token has one; it must not pass for a logout token.
  if (Object.hasOwn(payload, 'nonce')) throw invalid('nonce')
  const jti = textOf(payload, 'jti')
  const sid = Object.hasOwn(payload, 'sid') ? textOf(payload, 'sid') : null
  const subject = Object.hasOwn(payload, 'sub') ? textOf(payload, 'sub') : null
  if (sid === null && subject === null) throw invalid('sub, sid')
  return { idHash: hashOf('logout', textOf(payload, 'iss'), jti), sid, subject, issuedAt, validUntil }
}

/** OpenID Connect Core §3.1.3.7: every audience must be known, for another one might have asked for the token. */
function checkAudience(aud: unknown, clientIds: readonly string[]): void {
  const stated: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (stated.length > 0 && stated.every(one => typeof one === 'string' && clientIds.includes(one))) return
  throw invalid('aud')
}

function checkTimes(
  payload: JsonObject,
  tolerance: number,
  now: number,
): { readonly issuedAt: number; readonly validUntil: number } {
  const [iat, exp] = [secondsOf(payload, 'iat'), secondsOf(payload, 'exp')]
  if (iat * 1000 > now + tolerance) throw invalid('iat')
  const validUntil = exp * 1000 + tolerance
  if (now >= validUntil || exp < iat || exp - iat > maxLifetime) throw invalid('exp')
  return { issuedAt: iat * 1000, validUntil }
}

/** RFC 7519 §2. */
function secondsOf(payload: JsonObject, name: string): number {
  const value = own(payload, name)
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw invalid(name)
}

function textOf(payload: JsonObject, name: string): string {
  const value = own(payload, name)
  const fits = typeof value === 'string' && value.trim() !== '' && value.length <= maxTextLength
  if (fits && isPrintable(value)) return value
  throw invalid(name)
}

function invalid(claim: string): Auth0UsersError {
  return new Auth0UsersError('A0U_LOGOUT_TOKEN_INVALID', { cause: new Error(`claim: ${claim}`) })
}
