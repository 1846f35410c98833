import type { Actor } from '../audit/audit.ts'
import { system } from '../audit/audit.ts'
import { toIso } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { isUuid } from '../lib/text.ts'
import type { Permission } from '../types.ts'
import { type MemberCheck, requireRole } from './authority.ts'
import { createRunChange, type OrganizationDeps, requireReach } from './change.ts'
import { revokeInvitationsBy } from './invitation.repository.ts'
import {
  deleteGrant,
  deleteMembership,
  hasOtherOwner,
  insertGrant,
  insertMemberships,
  selectMembers,
  selectMembership,
  selectOrganizationsOf,
  updateMembership,
} from './membership.repository.ts'
import { memberRole, ownerRole } from './organization.ts'

/** A member of an organization, as its members and staff see them. */
export interface Member {
  readonly user_id: string
  readonly role: string
  readonly email: string | null
  readonly first_name: string
  readonly last_name: string
  /** Granted to this membership, beside what its role grants. */
  readonly permissions: readonly string[]
  /** ISO 8601, UTC. */
  readonly created_at: string
}

/** One page of members. */
export interface MemberPage {
  readonly items: readonly Member[]
  /** Pass as `after` to read on; null on the last page. */
  readonly next: string | null
}

/** One of the organizations of a user. */
export interface OwnOrganization {
  readonly id: string
  readonly auth0_id: string | null
  readonly name: string
  readonly display_name: string | null
  readonly role: string
}

/** Which membership is meant, by the ids of our rows. */
export interface MemberRef {
  readonly organizationId: string
  readonly userId: string
}

/**
 * Part of `app.auth0Users.organizations`: members, roles and grants. Who may call it is the host's to check. Each
 * rejects with `A0U_NOT_FOUND` for an unknown organization, user or membership, and with `A0U_DATABASE_UNAVAILABLE`.
 */
export interface Members {
  /** By the ids of the users, 1 to 100 a page [20]. */
  members(organizationId: string, page?: { readonly after?: string; readonly limit?: number }): Promise<MemberPage>
  /** The active organizations that a user is a member of, by name. */
  of(userId: string): Promise<readonly OwnOrganization[]>
  /** Makes an active user a member [`member`]; resolves to false for one who is a member already. */
  addMember(member: MemberRef & { readonly role?: string }, actor?: Actor): Promise<boolean>
  /** Resolves to false where the member has that role. Rejects with `A0U_LAST_OWNER`, and `A0U_BODY_INVALID` for an unknown role. */
  setRole(member: MemberRef & { readonly role: string }, actor?: Actor): Promise<boolean>
  /** Ends a membership; no token issued before brings it back. Rejects with `A0U_LAST_OWNER`. */
  removeMember(member: MemberRef, actor?: Actor): Promise<void>
  /** Grants a permission in this organization only; resolves to false where it was granted before. */
  grant(grant: MemberRef & { readonly permission: Permission }, actor?: Actor): Promise<boolean>
  /** Resolves to false where it was not granted. */
  revoke(grant: MemberRef & { readonly permission: string }, actor?: Actor): Promise<boolean>
}

/** The same for the routes, which name what their caller must hold. */
export interface CheckedMembers extends Members {
  setRole(member: MemberRef & { readonly role: string }, actor?: Actor, check?: MemberCheck): Promise<boolean>
  removeMember(member: MemberRef, actor?: Actor, check?: MemberCheck): Promise<void>
  grant(grant: MemberRef & { readonly permission: string }, actor?: Actor, check?: MemberCheck): Promise<boolean>
  revoke(grant: MemberRef & { readonly permission: string }, actor?: Actor, check?: MemberCheck): Promise<boolean>
}

const defaultLimit = 20
const maxLimit = 100

export function createMembers(deps: OrganizationDeps): CheckedMembers {
  const { databases, roles } = deps
  const run = createRunChange(deps)

  return {
    async members(organizationId, { after, limit = defaultLimit } = {}) {
      if (!isUuid(organizationId)) throw new Auth0UsersError('A0U_NOT_FOUND')
      requirePage(after, limit)
      const rows = await reaching(() => selectMembers(databases.primary, organizationId, { after, limit: limit + 1 }))
      const items = rows.slice(0, limit).map(row => ({
        ...{ ...row, first_name: row.first_name ?? '', last_name: row.last_name ?? '' },
        created_at: toIso(row.created_at),
      }))
      return { items, next: rows.length > limit ? (items.at(-1)?.user_id ?? null) : null }
    },
    async of(userId) {
      if (!isUuid(userId)) return []
      const rows = await reaching(() => selectOrganizationsOf(databases.primary, userId))
      return rows
        .filter(row => row.is_active)
        .map(({ id, auth0_id, name, display_name, role }) => ({ id, auth0_id, name, display_name, role }))
    },
    async addMember({ role = memberRole, ...ref }, actor = system) {
      return await run(ref, actor, null, async ({ trx, acting, isActive, organizationId, note }) => {
        requireRole(acting, role, roles)
        if (!isActive) throw new Auth0UsersError('A0U_NOT_FOUND')
        const [made] = await insertMemberships(trx, [
          { organization_id: organizationId, user_id: ref.userId, role, told_at: null },
        ])
        if (made === undefined) return false
        await note('organization.joined', made.user_id, { role })
        return true
      })
    },
    async setRole({ role, ...ref }, actor = system, check) {
      return await run(ref, actor, check ?? null, async ({ trx, acting, organizationId, note }) => {
        requireRole(acting, role, roles)
        const key = { organization_id: organizationId, user_id: ref.userId }
        const before = await selectMembership(trx, key)
        if (before === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
        requireReach(acting, before.role === ownerRole)
        if (before.role === role) return false
        if (before.role === ownerRole && !(await hasOtherOwner(trx, key, ownerRole)))
          throw new Auth0UsersError('A0U_LAST_OWNER')
        await updateMembership(trx, key, { role })
        // What they sent may be more than they can hand on now.
        await revokeInvitationsBy(trx, key, new Date(deps.now()))
        await note('organization.role_changed', ref.userId, { role })
        return true
      })
    },
    async removeMember(ref, actor = system, check) {
      await run(ref, actor, check ?? null, async ({ trx, acting, organizationId, note }) => {
        const key = { organization_id: organizationId, user_id: ref.userId }
        const before = await selectMembership(trx, key)
        if (before === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
        if (actor.actorId !== ref.userId) requireReach(acting, before.role === ownerRole)
        if (before.role === ownerRole && !(await hasOtherOwner(trx, key, ownerRole)))
          throw new Auth0UsersError('A0U_LAST_OWNER')
        await deleteMembership(trx, key)
        await revokeInvitationsBy(trx, key, new Date(deps.now()))
        await note('organization.left', ref.userId)
      })
    },
    async grant({ permission, ...ref }, actor = system, check) {
      if (!roles.canGrant(permission)) throw notGrantable()
      return await run(ref, actor, check ?? null, async ({ trx, acting, organizationId, note }) => {
        const key = { organization_id: organizationId, user_id: ref.userId }
        const member = await selectMembership(trx, key)
        if (member === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
        requireReach(acting, member.role === ownerRole)
        const toThemselves = check !== undefined && actor.actorId === ref.userId
        if (toThemselves || !acting.can(permission)) throw new Auth0UsersError('A0U_ESCALATION')
        if (!(await insertGrant(trx, key, permission))) return false
        await note('organization.permission_granted', ref.userId, { permission })
        return true
      })
    },
    async revoke({ permission, ...ref }, actor = system, check) {
      return await run(ref, actor, check ?? null, async ({ trx, acting, organizationId, note }) => {
        const key = { organization_id: organizationId, user_id: ref.userId }
        const member = await selectMembership(trx, key)
        if (member === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
        requireReach(acting, member.role === ownerRole)
        if (!(await deleteGrant(trx, key, permission))) return false
        await revokeInvitationsBy(trx, key, new Date(deps.now()))
        await note('organization.permission_revoked', ref.userId, { permission })
        return true
      })
    },
  }
}

function notGrantable(): Auth0UsersError {
  const message = 'must be a permission of the catalogue that can be granted in an organization'
  return new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'permission', message }] })
}

/** Throws `A0U_QUERY_INVALID`. */
export function requirePage(after: string | undefined, limit: number): void {
  const faults = [
    ...(after === undefined || isUuid(after) ? [] : [{ field: 'after', message: 'must be the next of a page' }]),
    ...(Number.isInteger(limit) && limit >= 1 && limit <= maxLimit
      ? []
      : [{ field: 'limit', message: `must be a whole number from 1 to ${maxLimit}` }]),
  ]
  if (faults.length > 0) throw new Auth0UsersError('A0U_QUERY_INVALID', { faults })
}
