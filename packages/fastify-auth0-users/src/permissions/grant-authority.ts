import { type Actor, system } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import { Auth0UsersError } from '../errors.ts'
import { type LivingUser, lockLiving, withLivingUser } from '../users/living.ts'
import { selectPermissions } from './held.repository.ts'

/** What a user holds: grants of the database and flags, as they were read in the transaction of a change. */
export interface CurrentGrants {
  readonly user: Pick<LivingUser, 'is_active' | 'is_superuser'>
  readonly permissions: ReadonlySet<string>
}

/** Who changes grants, and how far they may go. */
export interface Authority extends Actor {
  /** Whether they act as a superuser: they are one, and the credential is not limited to less. */
  readonly superuser: boolean
  /** Whether they hold a permission; users grant only what they hold. */
  can(permission: string): boolean
  /** The same with the grants of this moment, within the limits of the credential [as `can` says]. */
  canNow?(permission: string, now: CurrentGrants): boolean
  /** What the request needed; it is checked again with the grants of this moment [nothing]. */
  readonly needs?: readonly string[]
}

/** The system itself: commands that are run by who owns the database. */
export const systemAuthority: Authority = { ...system, superuser: true, can: () => true }

/** How far the one who acts may go at this moment. */
export interface Acting {
  readonly superuser: boolean
  readonly platform: boolean
  can(permission: string): boolean
}

/**
 * The way to every change that staff makes: locks the user who is changed and the one who acts, checks the credential of
 * the request and what the acting user may do at this moment, whatever a cache still says, and runs `work`.
 *
 * @throws Auth0UsersError `A0U_STAFF_REQUIRED`, `A0U_PERMISSION_DENIED`, `A0U_NOT_FOUND`, `A0U_ESCALATION` where a superuser
 *   would be changed by a user who is none, and what `withLivingUser` throws.
 */
export async function withEditable<T>(
  trx: Trx,
  userId: string,
  authority: Authority,
  work: (target: LivingUser, acting: Acting) => Promise<T>,
): Promise<T> {
  return await withAuthority(trx, userId, authority, async (acting, target) => {
    if (target === null) throw new Auth0UsersError('A0U_NOT_FOUND')
    if (target.is_superuser && !acting.superuser) throw escalation('a superuser is changed by superusers only')
    return await work(target, acting)
  })
}

/** The same for a change of a group, which concerns no single user. */
export async function withStaff<T>(trx: Trx, authority: Authority, work: (acting: Acting) => Promise<T>): Promise<T> {
  return await withAuthority(trx, null, authority, work)
}

async function withAuthority<T>(
  trx: Trx,
  userId: string | null,
  authority: Authority,
  work: (acting: Acting, target: LivingUser | null) => Promise<T>,
): Promise<T> {
  const { actorId } = authority
  if (authority.credential === undefined || actorId === null) {
    const users = await lockLiving(
      trx,
      [userId, actorId].filter(id => id !== null),
    )
    const target = userId === null ? null : (users.get(userId.toLowerCase()) ?? null)
    return await work(await actingNow(trx, authority, actorId === null ? null : (users.get(actorId) ?? null)), target)
  }
  const change = { userId: userId ?? actorId, actor: authority, creates: 'authority', inactive: true } as const
  return await withLivingUser(trx, change, async ({ user, acting }) =>
    work(await actingNow(trx, authority, acting), user),
  )
}

/** Throws `A0U_STAFF_REQUIRED` or `A0U_PERMISSION_DENIED`. */
async function actingNow(trx: Trx, authority: Authority, user: LivingUser | null): Promise<Acting> {
  if (authority.actorId === null) return { superuser: authority.superuser, platform: false, can: authority.can }
  if (user?.is_active !== true || !user.is_staff) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
  const can = await currentRule(trx, authority, user)
  if (!(authority.needs ?? []).every(can)) {
    authority.credential?.forget()
    throw new Auth0UsersError('A0U_PERMISSION_DENIED')
  }
  return { superuser: authority.superuser && user.is_superuser, platform: user.is_platform, can }
}

async function currentRule(trx: Trx, authority: Authority, user: LivingUser): Promise<Acting['can']> {
  if (authority.canNow === undefined) return authority.can
  const now: CurrentGrants = { user, permissions: new Set(await selectPermissions(trx, user.id)) }
  return permission => authority.canNow?.(permission, now) === true
}

/** Throws `A0U_ESCALATION` unless all of the permissions are held by the user who grants them to another user. */
export function requireGrantable(
  authority: Authority,
  permissions: readonly string[],
  userId: string | null,
  acting: Acting,
): void {
  if (userId !== null && userId === authority.actorId && !acting.superuser)
    throw escalation('users cannot grant permissions to themselves')
  if (!permissions.every(permission => acting.can(permission))) {
    throw escalation('users cannot grant permissions that they do not hold')
  }
}

export function escalation(reason: string): Auth0UsersError {
  return new Auth0UsersError('A0U_ESCALATION', { extra: { reason } })
}
