import type { FastifyRequest } from 'fastify'
import type { Credential } from '../credentials/credential.ts'
import { csrfTokenOf, sameSecret, sessionHash } from '../credentials/secret.ts'
import { Auth0UsersError } from '../errors.ts'
import type { UserEntry } from '../users/memory/entry.ts'
import type { CredentialAuth } from './credential-auth.ts'
import type { AuthenticationMethod } from './method.ts'

export interface SessionMethodOptions {
  /** The session's secret in a request's cookies, if there is one. Untrusted. */
  readonly secretOf: (request: FastifyRequest) => string | undefined
  /** Origins of pages elsewhere that may write. */
  readonly origins: readonly string[]
  readonly credentials: CredentialAuth
}

/** RFC 9110 §9.2.1. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The session cookie, where no `Authorization` header was sent. Writes must show that they come from the page itself. */
export function createSessionMethod({ secretOf, origins, credentials }: SessionMethodOptions): AuthenticationMethod {
  return {
    name: 'session',
    authenticate(request, authorization) {
      if (authorization !== undefined) return null
      const secret = secretOf(request)
      if (secret === undefined) return null
      const hash = sessionHash(secret)
      if (hash === null) throw unknownSession()
      if (!safeMethods.has(request.method)) checkSite(request, secret, origins)
      return credentials.authenticate(hash, request)
    },
  }
}

export function unknownSession(): Auth0UsersError {
  return new Auth0UsersError('A0U_SESSION_INVALID')
}

export interface SessionRules {
  /** Seconds. */
  readonly idle: number
  readonly staffOnly: boolean
}

/** What ends a session, or what its person lost since. All times in milliseconds. */
export function checkSession(
  { createdAt, expiresAt }: Credential,
  entry: UserEntry,
  usedAt: number,
  { idle, staffOnly }: SessionRules,
  now: number,
): void {
  if (expiresAt <= now || usedAt + idle * 1000 <= now) throw new Auth0UsersError('A0U_SESSION_EXPIRED')
  if (createdAt < entry.tokensValidAfter) throw unknownSession()
  if (staffOnly && !entry.user.is_staff) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
}

/**
 * Against requests forged by other sites: the page sends the session's CSRF token, which another site
 * cannot know, in a header, which a form cannot set; and what the browser says about where the
 * request comes from must not speak against it.
 */
function checkSite({ headers }: FastifyRequest, secret: string, origins: readonly string[]): void {
  const token = headers['x-csrf-token']
  const fromElsewhere = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site'
  const isAllowed = !fromElsewhere || (headers.origin !== undefined && origins.includes(headers.origin))
  if (typeof token === 'string' && isAllowed && sameSecret(token, csrfTokenOf(secret))) return
  throw new Auth0UsersError('A0U_SESSION_CSRF')
}
