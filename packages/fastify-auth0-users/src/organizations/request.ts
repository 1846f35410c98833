import { type ClaimSource, claimedPermissions } from '../claims/mapping.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { UserEntry } from '../users/memory/entry.ts'
import { createOrganizationReader, type ReadOrganization } from './claim.ts'
import type { Join } from './join.ts'
import type { Membership, Memberships } from './memberships.ts'
import type { ResolvedOrganizations } from './options.ts'
import type { OrganizationClaim } from './organization.ts'

/** From a credential to the membership that its requests act in. */
export interface RequestOrganizations {
  /** The organization that a token was issued for; null for none. */
  readonly read: ReadOrganization
  /** What a token says the user may do in its organization; names outside the catalogue included. */
  claimed(claims: VerifiedClaims): readonly string[]
  /** The membership behind a token; null where the user is not a member, or the organization is deactivated. */
  ofClaim(entry: UserEntry, claim: OrganizationClaim | null): Membership | null
  /** The membership behind a session or an API token. */
  ofId(entry: UserEntry, organizationId: string | null): Membership | null
  /** Whether the token tells something that is not known here: a membership, or a newer name. */
  isNews(entry: UserEntry, claim: OrganizationClaim): boolean
  readonly join: Join
}

export interface RequestOrganizationsDeps {
  readonly options: Pick<ResolvedOrganizations, 'claim' | 'name' | 'provision'> & {
    readonly permissionsClaim: ClaimSource | undefined
  }
  readonly memberships: Memberships
  readonly tenantOf: (issuer: string) => string | null
  readonly join: Join
}

export function createRequestOrganizations(deps: RequestOrganizationsDeps): RequestOrganizations {
  const { options, memberships, tenantOf, join } = deps
  const { claim: source, name, provision, permissionsClaim } = options
  const active = (found: Membership | undefined): Membership | null => (found?.isActive === true ? found : null)

  return {
    read: createOrganizationReader({ claim: source, name, tenantOf }),
    claimed: claims => claimedPermissions(claims, permissionsClaim),
    ofClaim: (entry, claim) =>
      claim === null ? null : active(memberships.byAuth0Id(entry, claim.tenant, claim.auth0Id)),
    ofId: (entry, organizationId) => (organizationId === null ? null : active(memberships.byId(entry, organizationId))),
    isNews(entry, claim) {
      if (provision !== true) return false
      const known = memberships.byAuth0Id(entry, claim.tenant, claim.auth0Id)
      if (known === undefined) return true
      return claim.name !== null && claim.name !== known.organization.name && claim.issuedAt > known.namedAt
    },
    join,
  }
}
