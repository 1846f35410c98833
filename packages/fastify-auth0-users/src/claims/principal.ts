import type { VerifiedClaims } from '../token/types.ts'

/** Who a principal is: a person, a machine (client credentials) or an anonymous session of Auth0. */
export type Principal = 'user' | 'machine' | 'anonymous'

/**
 * Decides it from verified claims: Auth0 marks machines by `gty`, or by the client's id and `@clients` as the `sub`;
 * anonymous sessions by `anon@…`. The part of a `sub` after a pipe is chosen by a connection and decides nothing.
 */
export function principalOf(claims: VerifiedClaims): Principal {
  if (claims['gty'] === 'client-credentials' || isClient(claims)) return 'machine'
  if (claims.sub.startsWith('anon@') && !claims.sub.includes('|')) return 'anonymous'
  return 'user'
}

const suffix = '@clients'

/** Whether the subject is the client itself: `azp` (Auth0's own profile) or `client_id` (RFC 9068 §2.2), where there is one. */
function isClient(claims: VerifiedClaims): boolean {
  const { sub } = claims
  if (!sub.endsWith(suffix) || sub.includes('|')) return false
  const client = claims['azp'] ?? claims['client_id']
  return client === undefined || client === sub.slice(0, -suffix.length)
}
