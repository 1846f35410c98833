import type { Principal } from '../claims/principal.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { Permission } from '../types.ts'
import type { User } from '../users/user.ts'

/** The four ways to sign in. */
export type MethodName = 'jwt' | 'token' | 'session' | 'basic'

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
  /** Whether this principal holds the permission; superusers hold all, inactive people none. */
  can(permission: Permission): boolean
}
