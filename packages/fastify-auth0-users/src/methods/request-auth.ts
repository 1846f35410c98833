import type { Principal } from '../claims/principal.ts'
import type { Organization } from '../organizations/organization.ts'
import type { MethodName } from '../permissions/requirement.ts'
import type { StepUp } from '../permissions/step-up.ts'
import type { ActorLink } from '../token/act.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Permission, StepUpName } from '../types.ts'
import type { User } from '../users/user.ts'

export type { MethodName } from '../permissions/requirement.ts'

/** Who acts for the user of a request: the `act` claim of a token (RFC 8693 §4.1), or staff who impersonate. */
export interface DelegatedActor extends ActorLink {
  /** The id of the actor's own row; null where it has none. */
  readonly userId: string | null
  /** Who acted before, the nearest first; empty where the user delegated directly. */
  readonly chain: readonly ActorLink[]
}

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
  /** Who acts for the user; null where the user acts. */
  readonly actor: DelegatedActor | null
  /**
   * The scopes of the access token, or of the token that began the session. Empty for API tokens and Basic. A scope
   * grants nothing by itself: it says what the client was allowed to ask for.
   */
  readonly scopes: ReadonlySet<string>
  /** Whether this principal holds the permission; superusers hold all, inactive people none, API tokens no more than their scopes. */
  can(permission: Permission): boolean
  /** The same without what holds in the organization of this request only: what a request of no organization could do. */
  canEverywhere(permission: Permission): boolean
  /**
   * Requires a recent or stronger sign-in (RFC 9470), for what depends on the body. It throws at once rather than by the
   * promise, so that a forgotten `await` lets no request through.
   *
   * @param level as `stepUp` on a route: a level of the option `stepUp` by name, or `{ acr?, amr?, maxAge? }`.
   * @throws Auth0UsersError 401 `A0U_STEP_UP_REQUIRED`; 500 `A0U_ROUTE_INVALID` for a level that is malformed or unknown.
   * @example
   * ```ts
   * app.post<{ Body: { amount: number } }>('/transfers', async request => {
   *   if (request.body.amount > 1000) await request.auth?.requireStepUp({ maxAge: 300 })
   * })
   * ```
   */
  requireStepUp(level: StepUp | StepUpName): Promise<void>
}
