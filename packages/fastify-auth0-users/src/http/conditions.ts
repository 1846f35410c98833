import { Auth0UsersError } from '../errors.ts'
import { signInOf } from '../methods/auth.ts'
import type { RequestAuth } from '../methods/request-auth.ts'
import type { CompiledRequirement } from '../permissions/requirement.ts'
import { meetsStepUp, stepUpRequired } from '../permissions/step-up.ts'

/** One rule of a route beyond permissions. Throws the refusal. */
export type Condition = (auth: RequestAuth) => void

/** The rules of a route, made when it is declared; a route that asks for nothing more has none. */
export interface Conditions {
  /** Run before permissions: what the credential must be. */
  readonly before: readonly Condition[]
  /** Run last, so that a user signs in anew only for what is then allowed. */
  readonly last: Condition | null
}

export interface ConditionsOptions {
  /** Seconds that the issuer's clock may be ahead. */
  readonly clockTolerance: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** @returns the rules for delegation, scopes and step-up that a requirement asks for. */
export function conditionsOf(requirement: CompiledRequirement, options: ConditionsOptions): Conditions {
  const before: Condition[] = []
  if (!requirement.delegated) before.push(refuseDelegated)
  const { scopes, anyScope } = requirement
  if (scopes.length + anyScope.length > 0) before.push(requireScopes(scopes, anyScope))
  return { before, last: stepUpCondition(requirement, options) }
}

function refuseDelegated(auth: RequestAuth): void {
  if (auth.actor !== null) throw new Auth0UsersError('A0U_DELEGATED')
}

function requireScopes(all: readonly string[], any: readonly string[]): Condition {
  const challenge = { scope: [...new Set([...all, ...any])].join(' ') }
  return auth => {
    const { scopes } = auth
    const holdsAll = all.every(name => scopes.has(name))
    const holdsAny = any.length === 0 || any.some(name => scopes.has(name))
    if (!holdsAll || !holdsAny) throw new Auth0UsersError('A0U_SCOPE_REQUIRED', { challenge })
  }
}

function stepUpCondition({ stepUp }: CompiledRequirement, options: ConditionsOptions): Condition | null {
  if (stepUp === null) return null
  const { now, clockTolerance } = options
  return auth => {
    if (!meetsStepUp(stepUp, signInOf(auth), now(), clockTolerance)) throw stepUpRequired(stepUp)
  }
}
