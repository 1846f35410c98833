import type { Principal } from '../claims/principal.ts'
import type { Organization } from '../organizations/organization.ts'
import type { MethodName } from '../permissions/requirement.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Permission } from '../types.ts'
import type { User } from '../users/user.ts'

export type { MethodName } from '../permissions/requirement.ts'

/** Who is asking, as `request.auth`. Frozen, and shared by all requests that carry the same token. */
export interface RequestAuth {
  readonly method: MethodName
  readonly principal: Principal
  /** The `sub`, exactly as signed. */
  readonly subject: string
  /** Verified claims; null for methods without a token. */
  readonly claims: VerifiedClaims | null
  /** The person's row; null for a machine or an anonymous session without one. */
  readonly user: User | null
  /** The id of the API token or the session that was used; null for other methods. */
  readonly credentialId: string | null
  /** The organization that the credential is for, and the user a member of; null for none. */
  readonly organization: Organization | null
  /** Whether this principal holds the permission; superusers hold all, inactive people none, API tokens no more than their scopes. */
  can(permission: Permission): boolean
  /** The same without what holds in the organization of this request only: what a request of no organization could do. */
  canEverywhere(permission: Permission): boolean
}
