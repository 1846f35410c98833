import type { AuditAction } from '../audit/audit.ts'
import { type Actor, record } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, HostTrx, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isUuid } from '../lib/text.ts'
import { type Acting, type Locked, lockForChange, type MemberCheck } from './authority.ts'
import { setClock } from './organization.repository.ts'
import type { RolePermissions } from './roles.ts'

export interface OrganizationDeps {
  readonly databases: Databases
  readonly roles: RolePermissions
  readonly now: Clock
}

/** One change in an organization, with all that its transaction needs. */
export interface Change extends Locked {
  readonly trx: Trx
  /** The host's own view of the same transaction. */
  readonly hostTrx: HostTrx
  readonly organizationId: string
  readonly actor: Actor
  /** Puts the change on record, and makes caches drop the user; `userId` is whose record changed. */
  note(action: AuditAction, userId: string, detail?: Readonly<Record<string, string>>): Promise<void>
}

/** Runs changes in organizations, one transaction each, with locks, authority and audit. */
export type RunChange = <T>(
  target: { readonly organizationId: string; readonly userId?: string },
  actor: Actor,
  check: MemberCheck | null,
  work: (change: Change) => Promise<T>,
) => Promise<T>

export function createRunChange({ databases, roles, now }: OrganizationDeps): RunChange {
  return async ({ organizationId, userId }, actor, check, work) => {
    if (!isUuid(organizationId) || (userId !== undefined && !isUuid(userId))) throw new Auth0UsersError('A0U_NOT_FOUND')
    const target = { organizationId: organizationId.toLowerCase(), userId: userId?.toLowerCase() ?? null }
    return await reaching(() =>
      databases.transaction(async (trx, hostTrx) => {
        const locked = await lockForChange(trx, target, actor, check, roles)
        await setClock(trx, new Date(now()))
        return await work({
          ...{ ...locked, trx, hostTrx, actor, organizationId: target.organizationId },
          async note(action, whose, detail = {}) {
            const all = { organization: target.organizationId, ...detail }
            await record(trx, { ...actor, userId: whose, action, fields: [], detail: all })
            userChanged(trx, whose)
          },
        })
      }),
    )
  }
}

/** Throws `A0U_ESCALATION` where an owner would be changed by a member who is not an owner. */
export function requireReach(acting: Acting, isOwner: boolean): void {
  if (isOwner && !acting.asOwner) throw new Auth0UsersError('A0U_ESCALATION')
}
