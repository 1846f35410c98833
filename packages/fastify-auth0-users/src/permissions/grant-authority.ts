import { type Actor, system } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { lockTarget, selectActor, type Target } from './grant.repository.ts'

/** Who changes grants, and how far they may go. */
export interface Authority extends Actor {
  /** Whether they act as a superuser: they are one, and the credential is not limited to less. */
  readonly superuser: boolean
  /** Whether they hold a permission; nobody grants what they do not hold. */
  can(permission: string): boolean
}

/** The system itself: commands that are run by who owns the database. */
export const systemAuthority: Authority = { ...system, superuser: true, can: () => true }

/** How far the one who acts may go at this moment. */
export interface Acting {
  readonly superuser: boolean
  readonly platform: boolean
}

/**
 * Reads the acting person again, so that somebody who was just stopped does not act on what a cache
 * still says. Throws `A0U_STAFF_REQUIRED`.
 */
export async function actingNow(trx: Trx, authority: Authority): Promise<Acting> {
  if (authority.actorId === null) return { superuser: authority.superuser, platform: false }
  const actor = await selectActor(trx, authority.actorId)
  if (actor?.is_active !== true || !actor.is_staff) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
  return { superuser: authority.superuser && actor.is_superuser, platform: actor.is_platform }
}

/**
 * Locks the person who is changed. Throws `A0U_NOT_FOUND`, and `A0U_ESCALATION` where a superuser
 * would be changed by somebody who is none.
 */
export async function lockEditable(trx: Trx, userId: string, acting: Acting): Promise<Target> {
  const target = await lockTarget(trx, userId)
  if (target === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
  if (target.is_superuser && !acting.superuser) throw escalation('a superuser is changed by superusers only')
  return target
}

/** Throws `A0U_ESCALATION` unless all of the permissions are held by who hands them on to somebody else. */
export function requireGrantable(
  authority: Authority,
  permissions: readonly string[],
  userId: string | null,
  acting: Acting,
): void {
  if (userId !== null && userId === authority.actorId && !acting.superuser)
    throw escalation('nobody grants to themselves')
  if (!permissions.every(permission => authority.can(permission))) {
    throw escalation('nobody grants what they do not hold themselves')
  }
}

export function escalation(reason: string): Auth0UsersError {
  return new Auth0UsersError('A0U_ESCALATION', { extra: { reason } })
}
