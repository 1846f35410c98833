import type { VerifiedClaims } from '../token/types.ts'

/** Who a principal is: a person, a machine (client credentials) or an anonymous session of Auth0. */
export type Principal = 'user' | 'machine' | 'anonymous'

/** Decides it from verified claims: Auth0 marks machines by `…@clients` and by `gty`, anonymous sessions by `anon@…`. */
export function principalOf(claims: VerifiedClaims): Principal {
  if (claims.sub.endsWith('@clients') || claims['gty'] === 'client-credentials') return 'machine'
  if (claims.sub.startsWith('anon@')) return 'anonymous'
  return 'user'
}
