import { type AuditAction, record } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Catalogue } from './catalogue.ts'
import { deleteUserPermission, insertUserPermission, lockSuperusers, updateFlags } from './grant.repository.ts'
import { type Acting, type Authority, escalation, requireGrantable, withEditable } from './grant-authority.ts'
import { changedFlags, endsSuperuser, type Flags, isUpward } from './grant-flags.ts'

export interface GrantServiceDeps {
  readonly databases: Databases
  readonly catalogue: Catalogue
}

/**
 * Changes what people may do, one transaction each, audit included. Every function rejects with
 * `A0U_NOT_FOUND` for an unknown person, `A0U_ESCALATION` where the authority does not reach so far,
 * `A0U_STAFF_REQUIRED` where the acting user is no longer staff, and `A0U_DATABASE_UNAVAILABLE`.
 */
export interface GrantService {
  /** False when it was granted before. Rejects with `A0U_BODY_INVALID` for a name outside the catalogue. */
  grant(userId: string, permission: string, authority: Authority): Promise<boolean>
  /** False when it was not granted; names outside the catalogue can be revoked too. */
  revoke(userId: string, permission: string, authority: Authority): Promise<boolean>
  /**
   * Sets flags and returns those that changed. Rejects with `A0U_LAST_SUPERUSER` where no active
   * superuser would remain, whatever runs at the same time.
   */
  setFlags(userId: string, wanted: Partial<Flags>, authority: Authority): Promise<Partial<Flags>>
  /** Runs another change of a user in a transaction that checks the authority, as those above do. */
  edit<T>(userId: string, authority: Authority, work: (trx: Trx) => Promise<T>): Promise<T>
}

export function createGrantService({ databases, catalogue }: GrantServiceDeps): GrantService {
  const change = <T>(work: (trx: Trx) => Promise<T>): Promise<T> => reaching(() => databases.transaction(work))

  return {
    async grant(userId, permission, authority) {
      requireDeclared(catalogue, [permission])
      return await change(trx => grantIn(trx, userId, permission, authority))
    },
    revoke: (userId, permission, authority) => change(trx => revokeIn(trx, userId, permission, authority)),
    setFlags: (userId, wanted, authority) => change(trx => setFlagsIn(trx, userId, wanted, authority)),
    edit: (userId, authority, work) =>
      change(trx => {
        userChanged(trx, userId)
        return withEditable(trx, userId, authority, () => work(trx))
      }),
  }
}

/** Throws `A0U_BODY_INVALID` naming each permission that does not exist. */
export function requireDeclared(catalogue: Catalogue, permissions: readonly string[]): void {
  const faults = permissions
    .filter(permission => !catalogue.has(permission))
    .map(() => ({ field: 'permission', message: 'is not in the permission catalogue' }))
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults: faults.slice(0, 1) })
}

async function grantIn(trx: Trx, userId: string, permission: string, authority: Authority): Promise<boolean> {
  return await withEditable(trx, userId, authority, async (_target, acting) => {
    requireGrantable(authority, [permission], userId, acting)
    if (!(await insertUserPermission(trx, userId, permission))) return false
    await recordGrant(trx, userId, 'permission.granted', permission, authority)
    return true
  })
}

async function revokeIn(trx: Trx, userId: string, permission: string, authority: Authority): Promise<boolean> {
  return await withEditable(trx, userId, authority, async () => {
    if (!(await deleteUserPermission(trx, userId, permission))) return false
    await recordGrant(trx, userId, 'permission.revoked', permission, authority)
    return true
  })
}

async function recordGrant(
  trx: Trx,
  userId: string,
  action: AuditAction,
  permission: string,
  { actorId, method, requestId }: Authority,
): Promise<void> {
  await record(trx, { userId, actorId, method, requestId, action, fields: [], detail: { permission } })
  userChanged(trx, userId)
}

async function setFlagsIn(
  trx: Trx,
  userId: string,
  wanted: Partial<Flags>,
  authority: Authority,
): Promise<Partial<Flags>> {
  // Before the person's own row, so that two demotions queue here instead of waiting for one another.
  const superusers = endsSuperuser(wanted) ? await lockSuperusers(trx) : null
  return await withEditable(trx, userId, authority, async (target, acting) => {
    const changed = changedFlags(target, wanted)
    if (Object.keys(changed).length === 0) return changed
    requireFlagChange(target.id, changed, authority, acting)
    const isLast = superusers?.length === 1 && superusers[0] === target.id
    if (isLast) throw new Auth0UsersError('A0U_LAST_SUPERUSER')
    await updateFlags(trx, userId, changed)
    userChanged(trx, userId)
    await recordFlags(trx, userId, changed, authority)
    return changed
  })
}

function requireFlagChange(userId: string, changed: Partial<Flags>, authority: Authority, acting: Acting): void {
  if (changed.is_superuser !== undefined && !acting.superuser)
    throw escalation('superusers are made by superusers only')
  if (changed.is_platform === false && acting.platform)
    throw escalation('a platform account cannot remove the limits of a platform account')
  if (userId === authority.actorId && isUpward(changed)) throw escalation('users cannot raise their own flags')
}

async function recordFlags(trx: Trx, userId: string, changed: Partial<Flags>, authority: Authority): Promise<void> {
  const { actorId, method, requestId } = authority
  const { is_active, ...others } = changed
  const base = { userId, actorId, method, requestId }
  if (is_active !== undefined) {
    await record(trx, { ...base, action: is_active ? 'user.reactivated' : 'user.deactivated', fields: ['is_active'] })
  }
  if (Object.keys(others).length === 0) return
  await record(trx, {
    ...base,
    action: 'user.updated',
    fields: Object.keys(others),
    detail: { ...others } as Record<string, boolean>,
  })
}
