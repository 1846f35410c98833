import type { Actor } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { lockActiveUsers, selectActing } from './membership.repository.ts'
import { lockOrganization, type OrganizationRow } from './organization.repository.ts'
import { ownerRole } from './organization.ts'
import type { RolePermissions } from './roles.ts'

/** What a caller of a route must hold in the organization, read again in the transaction that relies on it. */
export interface MemberCheck {
  /** Null: being a member is enough. */
  readonly permission: string | null
  /** What the credential allows; the user grants no more. */
  can(permission: string): boolean
  /** The same without what holds in an organization only. */
  canEverywhere(permission: string): boolean
}

/** How far the one who acts may go in an organization at this moment. */
export interface Acting {
  /** An owner, a superuser, or code of the host. */
  readonly asOwner: boolean
  can(permission: string): boolean
  /** What counts without the organization too, as groups do. */
  canEverywhere(permission: string): boolean
}

const trusted: Acting = { asOwner: true, can: () => true, canEverywhere: () => true }

/** What a change in an organization is about. */
export interface Target {
  readonly organizationId: string
  /** Null where no member is changed. */
  readonly userId: string | null
}

/** The organization with who acts in it, and whether the user it is about is active. */
export interface Locked {
  readonly organization: OrganizationRow
  readonly acting: Acting
  readonly isActive: boolean
}

/**
 * Locks the users that a change is about, then the organization, and reads what the one who acts may do now. Throws
 * `A0U_NOT_FOUND` for an unknown organization and for one that the actor is not a member of, `A0U_PERMISSION_DENIED`.
 *
 * @param check null for code of the host, which is trusted.
 */
export async function lockForChange(
  trx: Trx,
  { organizationId, userId }: Target,
  actor: Actor,
  check: MemberCheck | null,
  roles: RolePermissions,
): Promise<Locked> {
  const actorId = check === null ? null : actor.actorId
  const ids = [...new Set([userId, actorId].filter(id => id !== null))]
  const active = ids.length === 0 ? new Set<string>() : await lockActiveUsers(trx, ids)
  const organization = await lockOrganization(trx, organizationId)
  if (organization === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
  const isActive = userId !== null && active.has(userId)
  if (check === null) return { organization, acting: trusted, isActive }
  if (actorId === null || !active.has(actorId)) throw new Auth0UsersError('A0U_PERMISSION_DENIED')
  return { organization, acting: await actingIn(trx, organizationId, actorId, check, roles), isActive }
}

async function actingIn(
  trx: Trx,
  organization_id: string,
  user_id: string,
  check: MemberCheck,
  roles: RolePermissions,
): Promise<Acting> {
  const row = await selectActing(trx, { organization_id, user_id })
  if (row === undefined || (row.role === null && !row.is_superuser)) throw new Auth0UsersError('A0U_NOT_FOUND')
  const granted = roles.granted(row.role ?? '', row.inside)
  const held = new Set([...granted, ...row.everywhere])
  const can = (permission: string): boolean => (row.is_superuser || held.has(permission)) && check.can(permission)
  if (check.permission !== null && !can(check.permission)) throw new Auth0UsersError('A0U_PERMISSION_DENIED')
  const everywhere = new Set(row.everywhere)
  return {
    asOwner: row.is_superuser || row.role === ownerRole,
    can,
    canEverywhere: permission => (row.is_superuser || everywhere.has(permission)) && check.canEverywhere(permission),
  }
}

/** Throws `A0U_ESCALATION` unless a role can be handed on: owners by owners, others by who holds all that they grant. */
export function requireRole(acting: Acting, role: string, roles: RolePermissions): void {
  if (!roles.names.includes(role)) {
    throw new Auth0UsersError('A0U_BODY_INVALID', {
      faults: [{ field: 'role', message: `must be one of ${roles.names.join(', ')}` }],
    })
  }
  if (acting.asOwner) return
  const reaches = role !== ownerRole && [...roles.granted(role, [])].every(permission => acting.can(permission))
  if (!reaches) throw new Auth0UsersError('A0U_ESCALATION')
}
