import { isFiniteNumber } from '../lib/json.ts'
import type { VerifiedClaims } from '../token/types.ts'
import { type ClaimsOptions, readClaim } from './mapping.ts'

/** How a user signed in, as far as the credential says so. */
export interface SignIn {
  /** The authentication context class that was reached; null where the credential does not say. */
  readonly acr: string | null
  /** The methods that were used (RFC 8176); empty where the credential does not say. */
  readonly amr: readonly string[]
  /** When, in seconds since the epoch; null where the credential does not say. */
  readonly authTime: number | null
}

/** Where a token says how its user signed in. */
export type SignInClaims = Required<Pick<ClaimsOptions, 'acr' | 'amr' | 'authTime'>>

/** What is known of a credential that does not say how its user signed in. */
export const unknownSignIn: SignIn = Object.freeze({ acr: null, amr: Object.freeze([]), authTime: null })

/** Reads how the user of a token signed in. A claim of another type than OpenID Connect gives it counts as absent. */
export function readSignIn(claims: VerifiedClaims, sources: SignInClaims): SignIn {
  const acr = readClaim(claims, sources.acr)
  const amr = readClaim(claims, sources.amr)
  const authTime = readClaim(claims, sources.authTime)
  return Object.freeze({
    acr: typeof acr === 'string' && acr !== '' ? acr : null,
    amr: isTextList(amr) ? amr : unknownSignIn.amr,
    authTime: isFiniteNumber(authTime) && authTime >= 0 ? authTime : null,
  })
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}
