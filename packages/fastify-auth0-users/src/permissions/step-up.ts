import type { SignIn } from '../claims/sign-in.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { isScopeToken } from '../lib/scope-token.ts'
import type { StepUpName } from '../types.ts'

/**
 * How a user must have signed in. All given parts must be met; a claim that is absent, of another type or in the
 * future meets none.
 *
 * @example
 * ```ts
 * const acr = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor'
 * app.post('/payouts', { config: { auth: { stepUp: { acr, maxAge: 300 } } } }, async () => ({}))
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc9470
 */
export interface StepUp {
  /** One of these authentication context classes, compared exactly. */
  readonly acr?: string | readonly string[]
  /** All of these authentication methods (RFC 8176), for instance `mfa`. No part of the challenge. */
  readonly amr?: string | readonly string[]
  /** At most so many seconds since the user signed in. */
  readonly maxAge?: number
}

/** The option `stepUp`: levels by name, for `stepUp: 'strong'` on a route. */
export type StepUpLevels = { readonly [Name in StepUpName]?: StepUp }

/** A step-up made ready. */
export interface CompiledStepUp {
  readonly acr: readonly string[] | null
  readonly amr: readonly string[] | null
  readonly maxAge: number | null
  /** What the challenge says of it. */
  readonly attributes: Readonly<Record<string, string>>
}

const parts = ['acr', 'amr', 'maxAge']
const longest = 31_536_000

/**
 * Checks a step-up, or the name of one, and makes it ready.
 *
 * @param faults gets one entry for each mistake; with any, the result must not be used.
 */
export function compileStepUp(
  given: StepUp | string,
  levels: Readonly<Record<string, StepUp | undefined>>,
  field: string,
  faults: Fault[],
): CompiledStepUp {
  const level = typeof given === 'string' ? named(given, levels, field, faults) : given
  if (typeof level !== 'object' || level === null || Array.isArray(level)) {
    faults.push({ field, message: 'must be the name of a level of the option stepUp, or { acr?, amr?, maxAge? }' })
    return compiled({})
  }
  for (const key of Object.keys(level)) {
    if (!parts.includes(key)) faults.push({ field: `${field}.${key}`, message: `must be one of ${parts.join(', ')}` })
  }
  if (!parts.some(part => level[part as keyof StepUp] !== undefined)) {
    faults.push({ field, message: `must have at least one of ${parts.join(', ')}` })
  }
  checkTexts(level.acr, `${field}.acr`, faults)
  checkTexts(level.amr, `${field}.amr`, faults)
  const { maxAge } = level
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 1 && maxAge <= longest)) {
    faults.push({ field: `${field}.maxAge`, message: `must be a whole number of seconds from 1 to ${longest}` })
  }
  return compiled(level)
}

function named(
  name: string,
  levels: Readonly<Record<string, StepUp | undefined>>,
  field: string,
  faults: Fault[],
): StepUp {
  const level = Object.hasOwn(levels, name) ? levels[name] : undefined
  if (level !== undefined) return level
  const known = Object.keys(levels).join(', ') || 'none'
  faults.push({ field, message: `must be a level of the option stepUp (${known}), but is ${JSON.stringify(name)}` })
  return { maxAge: 1 }
}

function checkTexts(given: unknown, field: string, faults: Fault[]): void {
  if (given === undefined) return
  const list = asList(given)
  const usable = list.length > 0 && list.every(item => typeof item === 'string' && isScopeToken(item))
  if (!usable) faults.push({ field, message: 'must be a text without spaces, or a list of them that is not empty' })
}

function compiled({ acr, amr, maxAge }: StepUp): CompiledStepUp {
  const acrs = acr === undefined ? null : (asList(acr) as string[])
  return {
    acr: acrs,
    amr: amr === undefined ? null : (asList(amr) as string[]),
    maxAge: maxAge ?? null,
    attributes: {
      ...(acrs === null ? {} : { acr_values: acrs.join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    },
  }
}

function asList(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [given]
}

/**
 * Whether a sign-in meets a step-up.
 *
 * @param now milliseconds since the epoch.
 * @param tolerance seconds that the issuer's clock may be ahead.
 */
export function meetsStepUp(step: CompiledStepUp, signIn: SignIn, now: number, tolerance: number): boolean {
  const { acr, amr, authTime } = signIn
  if (step.acr !== null && (acr === null || !step.acr.includes(acr))) return false
  if (step.amr !== null && !step.amr.every(method => amr.includes(method))) return false
  if (step.maxAge === null) return true
  if (authTime === null) return false
  const age = now / 1000 - authTime
  return age >= -tolerance && age <= step.maxAge
}

/** 401 `A0U_STEP_UP_REQUIRED` with `acr_values` and `max_age` in its challenge. */
export function stepUpRequired({ attributes }: CompiledStepUp): Auth0UsersError {
  return new Auth0UsersError('A0U_STEP_UP_REQUIRED', { challenge: attributes })
}
