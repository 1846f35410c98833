import { builtInPermissions } from '../permissions/built-in.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import { memberRole, ownerRole } from './organization.ts'

/**
 * The permissions of the plugin's own member routes. They and the host's own can be granted in an organization; all
 * other permissions of the plugin are about every user, so they never count there.
 */
export const memberPermissions = [
  'accounts.view_membership',
  'accounts.change_membership',
  'accounts.delete_membership',
  'accounts.view_invitation',
  'accounts.add_invitation',
  'accounts.delete_invitation',
] as const

/** What roles grant in their organization. */
export interface RolePermissions {
  /** What a role and the grants of a membership allow together. */
  granted(role: string, permissions: readonly string[]): ReadonlySet<string>
  /** Whether a permission can be granted in an organization. */
  canGrant(permission: string): boolean
  /** The roles that can be given: `owner`, `member` and those of the option. */
  readonly names: readonly string[]
}

const none: ReadonlySet<string> = new Set()

/** @param roles of the option `organizations.roles`, checked. */
export function createRoles(roles: Readonly<Record<string, readonly string[]>>, catalogue: Catalogue): RolePermissions {
  const forbidden: ReadonlySet<string> = new Set(
    builtInPermissions.filter(name => !(memberPermissions as readonly string[]).includes(name)),
  )
  const byRole = new Map<string, ReadonlySet<string>>(
    Object.entries(roles).map(([role, permissions]) => [role, new Set(permissions)]),
  )
  // The owners of an organization can always invite, change and remove its members.
  byRole.set(ownerRole, new Set([...memberPermissions, ...(roles[ownerRole] ?? [])]))
  const canGrant = (permission: string): boolean => catalogue.has(permission) && !forbidden.has(permission)
  return {
    canGrant,
    names: [...new Set([ownerRole, memberRole, ...byRole.keys()])],
    granted(role, permissions) {
      const own = byRole.get(role) ?? none
      const counting = permissions.filter(permission => !forbidden.has(permission))
      return counting.length === 0 ? own : new Set([...own, ...counting])
    },
  }
}
