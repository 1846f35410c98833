import type { Principal } from '../claims/principal.ts'
import { heldBy } from '../permissions/rules.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { User } from '../users/user.ts'
import type { MethodName, RequestAuth } from './request-auth.ts'

export interface AuthParts {
  readonly method: MethodName
  readonly principal: Principal
  readonly subject: string
  readonly claims: VerifiedClaims | null
  readonly user: User | null
  /** Granted in the database. */
  readonly permissions: ReadonlySet<string>
  /** Carried by the token. */
  readonly claimed: ReadonlySet<string>
  /** What an API token is limited to [not limited]. */
  readonly scopes?: ReadonlySet<string> | null
  /** The API token or session [null]. */
  readonly credentialId?: string
}

/** Makes a frozen `request.auth`. A class, so that all of them share one hidden class. */
export function createRequestAuth(parts: AuthParts): RequestAuth {
  return Object.freeze(new Auth(parts))
}

class Auth implements RequestAuth {
  readonly method: MethodName
  readonly principal: Principal
  readonly subject: string
  readonly claims: VerifiedClaims | null
  readonly user: User | null
  readonly credentialId: string | null
  readonly #held: ReadonlySet<string> | null

  constructor(parts: AuthParts) {
    this.method = parts.method
    this.principal = parts.principal
    this.subject = parts.subject
    this.claims = parts.claims
    this.user = parts.user
    this.credentialId = parts.credentialId ?? null
    this.#held = heldBy(parts)
  }

  can(permission: string): boolean {
    return this.#held === null || this.#held.has(permission)
  }
}
