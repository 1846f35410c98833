import type { SignInClaims } from '../claims/sign-in.ts'
import type { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { StepUp } from '../permissions/step-up.ts'

/** What every `request.auth` of one installation shares. */
export interface AuthContext {
  /** Where a token says how its user signed in. */
  readonly claims: SignInClaims
  /** Step-up levels by name. */
  readonly levels: Readonly<Record<string, StepUp | undefined>>
  /** Seconds that the issuer's clock may be ahead. */
  readonly clockTolerance: number
  readonly now: Clock
  /** Adds the challenge to the headers of a refusal that a handler throws. */
  readonly challenge: (error: Auth0UsersError) => void
}
