import type { Mapped, MappedFields } from '../claims/mapping.ts'
import { principalOf } from '../claims/principal.ts'
import type { Clock } from '../lib/clock.ts'
import { counter, withSpan } from '../telemetry/index.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Complete, Origin } from '../users/identity.ts'
import { fetchUserinfo, isUserinfoError, type UserinfoError, userinfoError } from './userinfo-fetch.ts'

/** `create`: asks `/userinfo` about a new user without an email; `never`: asks about no user. */
export type UserinfoMode = 'never' | 'create'

export interface UserinfoOptions {
  /** Normalised, with the slash at the end. A token is sent to no other server. */
  readonly issuers: readonly string[]
  readonly mapClaims: (claims: VerifiedClaims) => Mapped
  /** How long one call may take, body included, in seconds. */
  readonly timeout: number
  /** How many users are remembered, so that the endpoint is not asked too often; while all are recent, it is not asked about others. */
  readonly capacity: number
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** The result of the last call about a user, null for nothing, and until when no other call is made. */
interface Attempt {
  readonly fields: MappedFields | null
  readonly until: number
}

/** Least time between two calls about one person, in milliseconds. Auth0 allows five in a minute. */
const attemptEvery = 600_000

/** Most calls at a time; a user that arrives meanwhile is completed later. */
const maxRunning = 100

/** How long an issuer is left alone that is out of order, or over its limit, and names no time; in seconds. */
const coolOff = { limited: 60, unavailable: 10, network: 10, timeout: 10 } as const
const minCoolOff = 1
const maxCoolOff = 300

const countCall = counter('userinfo.calls')

/**
 * Completes an identity whose token has no email with what `/userinfo` of its issuer tells. Never rejects: without
 * a usable response the identity is returned as it was. No call is made for an identity without a token,
 * with one that is bound to a key, or as a machine.
 */
export function createUserinfo({ issuers, mapClaims, timeout, capacity, now }: UserinfoOptions): Complete {
  const attempts = new Map<string, Attempt>()
  const running = new Map<string, Promise<MappedFields | null>>()
  /** By issuer. */
  const coolUntil = new Map<string, number>()

  async function ask({ claims, log }: Origin, accessToken: () => string): Promise<MappedFields | null> {
    try {
      const { fields, ignored } = await withSpan(
        'userinfo.call',
        { 'server.address': new URL(claims.iss).hostname },
        () => call(claims, accessToken),
      )
      if (ignored.length > 0)
        log.warn({ event: 'claims.ignored', columns: ignored }, 'unusable claims of /userinfo were ignored')
      countCall({ outcome: 'answered' })
      return fields
    } catch (error) {
      const failure = isUserinfoError(error) ? error : userinfoError('mapping')
      const seconds = coolOffOf(failure, now())
      if (seconds > 0) coolUntil.set(claims.iss, now() + seconds * 1000)
      countCall({ outcome: 'failed', 'error.type': failure.code })
      log.warn(
        { event: 'userinfo.failed', reason: failure.code, issuer: claims.iss, coolOff: seconds },
        '/userinfo gave no usable response',
      )
      return null
    }
  }

  async function call(claims: VerifiedClaims, accessToken: () => string): Promise<Mapped> {
    const signal = AbortSignal.timeout(timeout * 1000)
    const told = await fetchUserinfo(`${claims.iss}userinfo`, accessToken(), signal)
    // OpenID Connect Core §5.3.4: a response about another subject must not be used.
    if (told['sub'] !== claims.sub) throw userinfoError('subject')
    const { iss, sub, aud, iat, exp } = claims
    return mapClaims({ ...told, iss, sub, aud, iat, exp })
  }

  /** Whether another person can be remembered. Attempts stand in the order of their end. */
  function hasRoom(): boolean {
    for (const [key, { until }] of attempts) {
      if (now() < until) break
      attempts.delete(key)
    }
    return attempts.size + running.size < capacity && running.size < maxRunning
  }

  async function fieldsOf(origin: Origin, accessToken: () => string): Promise<MappedFields | null> {
    const { iss, sub } = origin.claims
    const key = `${iss} ${sub}`
    const under = running.get(key)
    if (under !== undefined) return await under
    const last = attempts.get(key)
    // Once known, it counts again: a refused creation that is tried again must not go through without the email.
    if (last !== undefined && now() < last.until) return last.fields
    if (now() < (coolUntil.get(iss) ?? 0) || !hasRoom()) return null
    const work = ask(origin, accessToken).then(fields => {
      attempts.delete(key)
      attempts.set(key, { fields, until: now() + attemptEvery })
      running.delete(key)
      return fields
    })
    running.set(key, work)
    return await work
  }

  return async (identity, origin) => {
    const { claims, accessToken } = origin
    const isAskable = issuers.includes(claims.iss) && principalOf(claims) === 'user'
    if (accessToken === undefined || !isAskable) return identity
    const told = await fieldsOf(origin, accessToken)
    return told === null ? identity : { ...identity, fields: merge(identity.fields, told) }
  }
}

/**
 * The token's names win. Whether the address is verified is never taken from the token: that
 * had none, so it speaks of another.
 */
function merge(claimed: MappedFields, { email, email_verified, ...names }: MappedFields): MappedFields {
  if (email === undefined) return { ...names, ...claimed }
  return { ...names, ...claimed, email, email_verified: email_verified ?? false }
}

/** For how many seconds an issuer is left alone after a failure; 0 where the failure is one person's. */
function coolOffOf({ code, retryAfter }: UserinfoError, now: number): number {
  if (!(code in coolOff)) return 0
  const asked = retryAfter === null ? Number.NaN : secondsOf(retryAfter.trim(), now)
  const seconds = Number.isNaN(asked) ? coolOff[code as keyof typeof coolOff] : asked
  return Math.min(Math.max(seconds, minCoolOff), maxCoolOff)
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3); NaN for neither. */
function secondsOf(retryAfter: string, now: number): number {
  return /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000
}
