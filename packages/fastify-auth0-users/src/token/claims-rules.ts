import { Auth0UsersError, type ErrorCode } from '../errors.ts'
import { deepFreeze } from '../lib/freeze.ts'
import { isFiniteNumber, isObject, type JsonObject, own } from '../lib/json.ts'
import { isUsableSubject } from '../lib/text.ts'
import { actorLinks } from './act.ts'
import type { DpopMode, Issuer, VerifiedClaims } from './types.ts'

/** What the claims of a token must be, from our own configuration. */
export interface ClaimsRules {
  readonly issuer: Issuer
  /** Seconds. */
  readonly clockTolerance: number
  readonly dpop: DpopMode
}

/** Claims that passed every rule. */
export interface CheckedClaims {
  /** Deep-frozen. */
  readonly claims: VerifiedClaims
  /** RFC 9449 §6.1; null for a token that is bound to no key. */
  readonly jkt: string | null
  /** Milliseconds since the epoch from which the token is expired, clock tolerance included. */
  readonly validUntil: number
}

/** The `iss` that an unverified payload states; it only ever picks among configured issuers. */
export function statedIssuer(payload: JsonObject): string {
  return text(payload, 'iss')
}

/**
 * The rules for claims whose signature was verified (RFC 7519 §4.1, RFC 9068 §4). `now` in milliseconds.
 * Throws `A0U_TOKEN_CLAIMS`, `_TYPE`, `_ISSUER`, `_AUDIENCE`, `_EXPIRED`, `_NOT_YET_VALID`, `_SUBJECT` or `_BOUND`.
 */
export function checkClaims(payload: JsonObject, rules: ClaimsRules, now: number): CheckedClaims {
  refuseSecurityEvent(payload)
  const iss = text(payload, 'iss')
  checkSubject(payload)
  if (Object.hasOwn(payload, 'act')) actorLinks(payload, iss)
  const aud = audience(payload)
  const exp = numericDate(payload, 'exp')
  const iat = numericDate(payload, 'iat')
  if (iss !== rules.issuer.issuer) throw refuseIssuer([rules.issuer])
  checkAudience(aud, rules.issuer.audience)
  const validUntil = (exp + rules.clockTolerance) * 1000
  if (now >= validUntil) throw refuse('A0U_TOKEN_EXPIRED')
  const latest = now / 1000 + rules.clockTolerance
  if (iat < 0) throw refuse('A0U_TOKEN_CLAIMS', 'iat lies before the epoch')
  if (iat > latest) throw refuse('A0U_TOKEN_NOT_YET_VALID', 'iat lies in the future')
  if (Object.hasOwn(payload, 'nbf') && numericDate(payload, 'nbf') > latest) throw refuse('A0U_TOKEN_NOT_YET_VALID')
  const jkt = confirmationKey(payload, rules.dpop)
  // Texts that are the same in all tokens are kept once.
  Object.assign(payload, { iss: rules.issuer.issuer, aud: rules.issuer.audience.find(value => value === aud) ?? aud })
  // Not `{ ...payload, iss, … }`: V8 gives every frozen copy a hidden class of its own, 340 bytes a token.
  return { claims: deepFreeze(payload) as VerifiedClaims, jkt, validUntil }
}

/** A refusal that names, for the log, the issuers that are configured. */
export function refuseIssuer(issuers: readonly Issuer[]): Auth0UsersError {
  return refuse('A0U_TOKEN_ISSUER', `expected issuer: ${issuers.map(({ issuer }) => issuer).join(' or ')}`)
}

/**
 * A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4) and every other security event token (RFC 8417 §2.2) names
 * its events by URIs. Signed by the same keys as access tokens, it must not pass for one, whatever its `typ`.
 */
function refuseSecurityEvent(payload: JsonObject): void {
  const events = own(payload, 'events')
  if (!isObject(events) || !Object.keys(events).some(name => name.includes(':'))) return
  throw refuse('A0U_TOKEN_TYPE', 'a security event token')
}

function checkAudience(aud: string | readonly string[], accepted: readonly string[]): void {
  const stated = typeof aud === 'string' ? [aud] : aud
  if (stated.some(value => accepted.includes(value))) return
  throw refuse('A0U_TOKEN_AUDIENCE', `expected audience: ${accepted.join(' or ')}`)
}

/** A required `sub` that can name a person. */
function checkSubject(payload: JsonObject): void {
  const sub = own(payload, 'sub')
  if (sub === undefined) throw refuse('A0U_TOKEN_CLAIMS', 'claim: sub')
  if (typeof sub !== 'string' || !isUsableSubject(sub)) throw refuse('A0U_TOKEN_SUBJECT')
}

/** RFC 7800 §3.1. A token bound in a way that is not understood here (such as mTLS) is not a bearer token either. */
function confirmationKey(payload: JsonObject, dpop: DpopMode): string | null {
  if (!Object.hasOwn(payload, 'cnf')) return null
  const cnf = own(payload, 'cnf')
  if (!isObject(cnf)) throw refuse('A0U_TOKEN_CLAIMS', 'cnf must be an object')
  if (!Object.hasOwn(cnf, 'jkt')) {
    if (dpop !== 'off' && Object.keys(cnf).length > 0) throw refuse('A0U_TOKEN_BOUND', 'cnf without jkt')
    return null
  }
  return text(cnf, 'jkt')
}

/** A required non-empty text. */
function text(object: JsonObject, name: string): string {
  const value = own(object, name)
  if (typeof value === 'string' && value !== '') return value
  throw refuse('A0U_TOKEN_CLAIMS', `claim: ${name}`)
}

function audience(payload: JsonObject): string | readonly string[] {
  const aud = own(payload, 'aud')
  if (typeof aud === 'string') return aud
  if (isTextList(aud)) return aud
  throw refuse('A0U_TOKEN_CLAIMS', 'claim: aud')
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(item => typeof item === 'string')
}

/** RFC 7519 §2: a JSON number. */
function numericDate(payload: JsonObject, name: string): number {
  const value = own(payload, name)
  if (isFiniteNumber(value)) return value
  throw refuse('A0U_TOKEN_CLAIMS', `claim: ${name}`)
}

function refuse(code: ErrorCode, reason?: string): Auth0UsersError {
  return new Auth0UsersError(code, reason === undefined ? {} : { cause: new Error(reason) })
}
