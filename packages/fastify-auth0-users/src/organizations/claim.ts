import { type ClaimSource, readClaim } from '../claims/mapping.ts'
import type { VerifiedClaims } from '../token/types.ts'
import { isOrganizationId, type OrganizationClaim, organizationName } from './organization.ts'

export interface OrganizationClaimOptions {
  readonly claim: ClaimSource
  readonly name: ClaimSource
  /** The tenant of an issuer; null with a single tenant. */
  readonly tenantOf: (issuer: string) => string | null
}

/** Reads which organization a token was issued for; null for none, and for a claim that is not as Auth0 writes it. */
export type ReadOrganization = (claims: VerifiedClaims) => OrganizationClaim | null

export function createOrganizationReader({ claim, name, tenantOf }: OrganizationClaimOptions): ReadOrganization {
  return claims => {
    const auth0Id = readClaim(claims, claim)
    if (typeof auth0Id !== 'string' || !isOrganizationId(auth0Id)) return null
    const named = readClaim(claims, name)
    return {
      tenant: tenantOf(claims.iss),
      auth0Id,
      name: typeof named === 'string' ? organizationName(named) : null,
      issuedAt: claims.iat * 1000,
    }
  }
}
