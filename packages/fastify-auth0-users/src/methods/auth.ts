import type { Principal } from '../claims/principal.ts'
import { noScopes, readScopes } from '../claims/scopes.ts'
import { readSignIn, type SignIn, unknownSignIn } from '../claims/sign-in.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Organization } from '../organizations/organization.ts'
import type { CurrentGrants } from '../permissions/grant-authority.ts'
import { heldBy } from '../permissions/rules.ts'
import { compileStepUp, meetsStepUp, type StepUp, stepUpRequired } from '../permissions/step-up.ts'
import type { VerifiedClaims } from '../token/types.ts'
import type { User } from '../users/user.ts'
import type { AuthContext } from './auth-context.ts'
import type { DelegatedActor, MethodName, RequestAuth } from './request-auth.ts'

export interface AuthParts {
  readonly context: AuthContext
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
  /** The membership that the credential acts in [none]. */
  readonly membership?: { readonly organization: Organization; readonly permissions: ReadonlySet<string> } | null
  /** Carried by the token, for its organization [none]. */
  readonly claimedInside?: ReadonlySet<string>
  /** The API token or session [null]. */
  readonly credentialId?: string
  /** Who acts for the user; null: the user. */
  readonly actor?: DelegatedActor | null
  /** What a session kept of the token that began it [read from the claims]. */
  readonly began?: BeganWith | null
}

/** What a session keeps of the token that began it. */
export interface BeganWith {
  readonly scopes: ReadonlySet<string>
  readonly signIn: SignIn
}

/** Makes a frozen `request.auth`. A class, so that all of them share one hidden class. */
export function createRequestAuth(parts: AuthParts): RequestAuth {
  return Object.freeze(new Auth(parts))
}

/** Whether a caller holds a permission by grants that were read just now, within the limits of the credential. */
export function canNow(auth: RequestAuth, permission: string, grants: CurrentGrants): boolean {
  return auth instanceof Auth && Auth.canNow(auth, permission, grants)
}

/** What the credential is limited to: the scopes of an API token; null: it is not limited. */
export function limitOf(auth: RequestAuth): ReadonlySet<string> | null {
  return auth instanceof Auth ? Auth.limitOf(auth) : null
}

/** How the user of a request signed in; for a session, when it began. */
export function signInOf(auth: RequestAuth): SignIn {
  return auth instanceof Auth ? Auth.signIn(auth) : unknownSignIn
}

class Auth implements RequestAuth {
  readonly method: MethodName
  readonly principal: Principal
  readonly subject: string
  readonly claims: VerifiedClaims | null
  readonly user: User | null
  readonly credentialId: string | null
  readonly actor: DelegatedActor | null
  readonly organization: Organization | null
  readonly #held: ReadonlySet<string> | null
  readonly #everywhere: ReadonlySet<string> | null
  readonly #context: AuthContext
  /** What does not follow from the database: claims of the token, limits of the credential. */
  readonly #claimed: ReadonlySet<string>
  readonly #limit: ReadonlySet<string> | null
  // Read when first asked for: most routes ask for neither. Private fields can be written on a frozen object.
  #scopes: ReadonlySet<string> | null
  #signIn: SignIn | null

  constructor(parts: AuthParts) {
    this.method = parts.method
    this.principal = parts.principal
    this.subject = parts.subject
    this.claims = parts.claims
    this.user = parts.user
    this.credentialId = parts.credentialId ?? null
    this.organization = parts.membership?.organization ?? null
    this.#held = heldBy(insideOf(parts))
    // What a token claims for its organization holds nowhere else.
    this.#everywhere = parts.membership == null ? this.#held : heldBy({ ...parts, claimed: none })
    this.#claimed = parts.membership == null ? parts.claimed : none
    this.#limit = parts.scopes ?? null
    this.actor = parts.actor ?? null
    this.#context = parts.context
    this.#scopes = parts.began?.scopes ?? null
    this.#signIn = parts.began?.signIn ?? null
  }

  static canNow(auth: Auth, permission: string, { user, permissions }: CurrentGrants): boolean {
    const held = heldBy({ user, permissions, claimed: auth.#claimed, scopes: auth.#limit })
    return held === null || held.has(permission)
  }

  static limitOf(auth: Auth): ReadonlySet<string> | null {
    return auth.#limit
  }

  static signIn(auth: Auth): SignIn {
    return auth.#signInOnce()
  }

  #signInOnce(): SignIn {
    this.#signIn ??= this.claims === null ? unknownSignIn : readSignIn(this.claims, this.#context.claims)
    return this.#signIn
  }

  get scopes(): ReadonlySet<string> {
    this.#scopes ??= this.claims === null ? noScopes : readScopes(this.claims['scope'])
    return this.#scopes
  }

  can(permission: string): boolean {
    return this.#held === null || this.#held.has(permission)
  }

  canEverywhere(permission: string): boolean {
    return this.#everywhere === null || this.#everywhere.has(permission)
  }

  requireStepUp(level: StepUp | string): Promise<void> {
    const { levels, now, clockTolerance, challenge } = this.#context
    const faults: Fault[] = []
    const step = compileStepUp(level, levels, 'requireStepUp', faults)
    if (faults.length > 0) throw new Auth0UsersError('A0U_ROUTE_INVALID', { faults })
    if (meetsStepUp(step, this.#signInOnce(), now(), clockTolerance)) return Promise.resolve()
    const error = stepUpRequired(step)
    challenge(error)
    throw error
  }
}

const none: ReadonlySet<string> = new Set()

/** With what the membership grants. */
function insideOf(parts: AuthParts): AuthParts {
  const { membership, claimedInside = none, claimed } = parts
  if (membership == null) return parts
  const more = claimedInside.size === 0 ? claimed : new Set([...claimed, ...claimedInside])
  return { ...parts, permissions: membership.permissions, claimed: more }
}
