import { Auth0UsersError } from '../errors.ts'
import type { RequestAuth } from '../methods/request-auth.ts'
import type { CompiledRequirement } from '../permissions/requirement.ts'

/**
 * Checks what a route asks of the one who calls it. Throws 403: `A0U_PLATFORM_DELETE`,
 * `A0U_PRINCIPAL_REFUSED`, `A0U_PERSON_REQUIRED`, `A0U_STAFF_REQUIRED`, `A0U_PERMISSION_DENIED`.
 */
export function guard(auth: RequestAuth, requirement: CompiledRequirement, httpMethod: string): void {
  // Whatever they were granted, superuser included.
  if (httpMethod === 'DELETE' && auth.user?.is_platform === true) throw new Auth0UsersError('A0U_PLATFORM_DELETE')
  const { principals, permissions, anyPermission, byMethod } = requirement
  if (principals !== null && !principals.includes(auth.principal)) throw refusedPrincipal(principals)
  if (requirement.staff && auth.user?.is_staff !== true) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
  for (const permission of permissions) demand(auth.can(permission))
  if (anyPermission.length > 0) demand(anyPermission.some(permission => auth.can(permission)))
  if (byMethod !== null) {
    const permission = byMethod.get(httpMethod)
    demand(permission !== undefined && auth.can(permission))
  }
}

function demand(held: boolean): void {
  if (!held) throw new Auth0UsersError('A0U_PERMISSION_DENIED')
}

function refusedPrincipal(principals: readonly string[]): Auth0UsersError {
  const personsOnly = principals.length === 1 && principals[0] === 'user'
  return new Auth0UsersError(personsOnly ? 'A0U_PERSON_REQUIRED' : 'A0U_PRINCIPAL_REFUSED')
}
