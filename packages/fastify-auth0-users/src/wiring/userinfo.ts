import { createUserinfo, type UserinfoMode } from '../auth0/userinfo.ts'
import { type ClaimsOptions, createMapper } from '../claims/mapping.ts'
import type { Clock } from '../lib/clock.ts'
import type { Issuer } from '../token/types.ts'
import type { Complete } from '../users/identity.ts'

/** People remembered in this process. */
const capacity = 10_000

export interface UserinfoScopeOptions {
  readonly users: { readonly userinfo: UserinfoMode }
  /** With a shared secret no key is fetched, and nothing else either. */
  readonly test: { readonly secret: string } | null
  readonly issuers: readonly Issuer[]
  readonly claims: ClaimsOptions
  /** One bound, in seconds, for whatever is fetched from an issuer. */
  readonly jwks: { readonly timeout: number }
  readonly now: Clock
}

/** What asks `/userinfo` for people without an email; null where nothing does. */
export function completionOf({ users, test, issuers, claims, jwks, now }: UserinfoScopeOptions): Complete | null {
  if (users.userinfo === 'never' || test !== null) return null
  const names = issuers.map(({ issuer }) => issuer)
  return createUserinfo({ issuers: names, mapClaims: createMapper(claims), timeout: jwks.timeout, capacity, now })
}
