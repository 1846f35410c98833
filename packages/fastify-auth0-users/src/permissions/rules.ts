import type { User } from '../users/user.ts'
import { modelPermission } from './catalogue.ts'

/** Who holds what, before the rules: a person's or a machine's grants. */
export interface Grants {
  readonly user: User | null
  readonly permissions: ReadonlySet<string>
  /** Grants that the token itself carries, when the host opted in (`claims.permissions`). */
  readonly claimed: ReadonlySet<string>
  /** What the credential is limited to; null or absent: not limited. */
  readonly scopes?: ReadonlySet<string> | null
}

/**
 * Whether a permission is held: inactive people hold none, superusers all, others what they were
 * granted; and nobody holds more than the scopes of the credential they came with.
 */
export function holds(grants: Grants, permission: string): boolean {
  const { user, scopes } = grants
  if (scopes != null && !scopes.has(permission)) return false
  if (user !== null && !user.is_active) return false
  if (user?.is_superuser === true) return true
  return grants.permissions.has(permission) || grants.claimed.has(permission)
}

/** Django's action for an HTTP method on a model; undefined for a method that none covers, which is denied. */
export function modelPermissionFor(model: string, httpMethod: string): string | undefined {
  switch (httpMethod) {
    case 'GET':
    case 'HEAD':
      return modelPermission(model, 'view')
    case 'POST':
      return modelPermission(model, 'add')
    case 'PUT':
    case 'PATCH':
      return modelPermission(model, 'change')
    case 'DELETE':
      return modelPermission(model, 'delete')
    default:
      return undefined
  }
}
