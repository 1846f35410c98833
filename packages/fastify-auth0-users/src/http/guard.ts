import { Auth0UsersError } from '../errors.ts'
import type { RequestAuth } from '../methods/request-auth.ts'
import { requireComplete } from '../profile/completion.ts'
import type { ResolvedProfileOptions } from '../profile/options.ts'
import type { User } from '../users/user.ts'
import type { GuardedRequirement } from './route-policy.ts'

/** Throws `A0U_PROFILE_INCOMPLETE` for a person whose profile lacks a required field. */
export type RequireComplete = (user: User) => void

/** @param profile what makes a profile complete; `false` where there are no profiles. */
export function completionRule(profile: ResolvedProfileOptions | false): RequireComplete {
  if (profile === false) return () => {}
  return user => requireComplete(user, profile.required, profile.completionUrl ?? undefined)
}

/**
 * Checks what a route asks of its caller, all but its object rule.
 *
 * @throws Auth0UsersError 401 `A0U_METHOD_NOT_ACCEPTED` or `A0U_STEP_UP_REQUIRED`; 403 `A0U_PLATFORM_DELETE`,
 * `A0U_PRINCIPAL_REFUSED`, `A0U_PERSON_REQUIRED`, `A0U_STAFF_REQUIRED`, `A0U_ORGANIZATION_REQUIRED`, `A0U_ORGANIZATION_REFUSED`,
 * `A0U_DELEGATED`, `A0U_SCOPE_REQUIRED`, * `A0U_PERMISSION_DENIED` or `A0U_PROFILE_INCOMPLETE`.
 */
export function guard(
  auth: RequestAuth,
  requirement: GuardedRequirement,
  httpMethod: string,
  checkComplete: RequireComplete,
): void {
  const { methods, principals, conditions } = requirement
  if (methods !== null && !methods.includes(auth.method)) throw new Auth0UsersError('A0U_METHOD_NOT_ACCEPTED')
  // Whatever they were granted, superuser included.
  if (httpMethod === 'DELETE' && auth.user?.is_platform === true) throw new Auth0UsersError('A0U_PLATFORM_DELETE')
  if (principals !== null && !principals.includes(auth.principal)) throw refusedPrincipal(principals)
  if (requirement.staff && auth.user?.is_staff !== true) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
  if (requirement.organization !== null) requireOrganization(auth, requirement.organization)
  for (const condition of conditions.before) condition(auth)
  demandPermissions(auth, requirement, httpMethod)
  if (requirement.completeProfile) {
    if (auth.user === null) throw new Auth0UsersError('A0U_PERSON_REQUIRED')
    checkComplete(auth.user)
  }
  conditions.last?.(auth)
}

function demandPermissions(auth: RequestAuth, requirement: GuardedRequirement, httpMethod: string): void {
  const { permissions, anyPermission, byMethod } = requirement
  for (const permission of permissions) demand(auth.can(permission))
  if (anyPermission.length > 0) demand(anyPermission.some(permission => auth.can(permission)))
  if (byMethod !== null) {
    const permission = byMethod.get(httpMethod)
    demand(permission !== undefined && auth.can(permission))
  }
}

/** Which organization a request belongs to is decided by its credential alone. */
function requireOrganization({ organization }: RequestAuth, wanted: true | ReadonlySet<string>): void {
  if (organization === null) throw new Auth0UsersError('A0U_ORGANIZATION_REQUIRED')
  if (wanted === true || wanted.has(organization.name) || wanted.has(organization.auth0_id ?? '')) return
  throw new Auth0UsersError('A0U_ORGANIZATION_REFUSED')
}

function demand(held: boolean): void {
  if (!held) throw new Auth0UsersError('A0U_PERMISSION_DENIED')
}

function refusedPrincipal(principals: readonly string[]): Auth0UsersError {
  const personsOnly = principals.length === 1 && principals[0] === 'user'
  return new Auth0UsersError(personsOnly ? 'A0U_PERSON_REQUIRED' : 'A0U_PRINCIPAL_REFUSED')
}
