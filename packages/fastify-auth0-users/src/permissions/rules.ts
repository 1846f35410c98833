import type { User } from '../users/user.ts'
import { modelPermission } from './catalogue.ts'

/** Who holds what, before the rules: a person's or a machine's grants. */
export interface Grants {
  readonly user: Pick<User, 'is_active' | 'is_superuser'> | null
  readonly permissions: ReadonlySet<string>
  /** Grants that the token itself carries, when the host opted in (`claims.permissions`). */
  readonly claimed: ReadonlySet<string>
  /** What the credential is limited to; null or absent: not limited. */
  readonly scopes?: ReadonlySet<string> | null
}

const none: ReadonlySet<string> = new Set()

/**
 * The permissions that are held; null for all of them. Inactive people hold none, superusers all, others what they
 * were granted; and no user holds more than the scopes of the credential that was sent.
 *
 * Asked once for each `request.auth` rather than at each check, so that a check is one look-up in one set.
 */
export function heldBy({ user, permissions, claimed, scopes = null }: Grants): ReadonlySet<string> | null {
  if (user !== null && !user.is_active) return none
  if (user?.is_superuser === true) return scopes
  const granted = union(permissions, claimed)
  return scopes === null ? granted : new Set([...granted].filter(permission => scopes.has(permission)))
}

/** One of the two themselves where the other is empty: they are shared by many. */
function union(a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> {
  if (b.size === 0) return a
  return a.size === 0 ? b : new Set([...a, ...b])
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
