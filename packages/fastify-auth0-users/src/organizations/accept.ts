import { type Actor, record } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Trx } from '../db/handle.ts'
import { toMillis } from '../db/time.ts'
import { Auth0UsersError } from '../errors.ts'
import { sameAddress } from '../lib/address.ts'
import { joinGroups } from '../permissions/invited-groups.ts'
import type { Welcomed } from '../users/provisioning/welcome.ts'
import {
  type InvitationRow,
  lockInvitation,
  selectInvitation,
  selectOpenFor,
  selectVerifiedAddress,
  updateInvitation,
} from './invitation.repository.ts'
import { insertMemberships, selectActing } from './membership.repository.ts'
import { lockOrganization } from './organization.repository.ts'

/** What became of an invitation that was accepted. */
export interface AcceptedInvitation {
  readonly organization_id: string
  /** The role that was offered; a user who was a member before keeps theirs. */
  readonly role: string
  /** False for a user who was a member before. */
  readonly joined: boolean
}

/** Which invitation is accepted. */
export type InvitationKey = { readonly hash: Uint8Array } | { readonly id: string }

interface Accepting {
  readonly userId: string
  readonly actor: Actor
  readonly now: Date
}

/**
 * Accepts an invitation; the user's row is locked already. The organization is locked before the invitation, as
 * everywhere, and the state is read behind both locks, so that each invitation is used once.
 *
 * @param byLink whether the token alone is enough.
 * @throws Auth0UsersError 404 `A0U_INVITATION_INVALID`; 403 `A0U_INVITATION_ADDRESS`, for a token only.
 */
export async function acceptIn(
  trx: Trx,
  key: InvitationKey,
  accepting: Accepting,
  byLink: boolean,
): Promise<AcceptedInvitation> {
  const found = await selectInvitation(trx, key)
  if (found === undefined) throw new Auth0UsersError('A0U_INVITATION_INVALID')
  const organization = await lockOrganization(trx, found.organization_id)
  const row = await lockInvitation(trx, key)
  if (row === undefined || organization?.is_active !== true || !isOpen(row, accepting.now)) {
    throw new Auth0UsersError('A0U_INVITATION_INVALID')
  }
  const isTheirs = sameAddress(row.email, await selectVerifiedAddress(trx, accepting.userId))
  // Who guesses an id learns nothing; who holds the token may be told that another address is asked for.
  if ('id' in key && !isTheirs) throw new Auth0UsersError('A0U_INVITATION_INVALID')
  if (!(isTheirs || byLink)) throw new Auth0UsersError('A0U_INVITATION_ADDRESS')
  if (!(await standsFor(trx, row))) throw new Auth0UsersError('A0U_INVITATION_INVALID')
  return await take(trx, row, accepting)
}

/** Makes new users members of what they were invited to, by their verified address. */
export async function acceptForNew(trx: Trx, users: readonly Welcomed[], now: Date): Promise<void> {
  const verified = users.filter(({ email, email_verified }) => email !== null && email !== '' && email_verified)
  const open = await selectOpenFor(
    trx,
    verified.flatMap(({ email }) => email ?? []),
    now,
  )
  // In one order for every process, as organizations are locked.
  for (const { id, email } of open.toSorted((a, b) => (a.organization_id < b.organization_id ? -1 : 1))) {
    const user = verified.find(one => sameAddress(one.email, email))
    if (user === undefined) continue
    try {
      await acceptIn(trx, { id }, { userId: user.id, actor: user.actor, now }, false)
    } catch (error) {
      if (!(error instanceof Auth0UsersError && error.code === 'A0U_INVITATION_INVALID')) throw error
    }
  }
}

/** Whether an invitation can still be accepted. */
export function isOpen({ accepted_at, revoked_at, expires_at }: InvitationRow, now: Date): boolean {
  return accepted_at === null && revoked_at === null && toMillis(expires_at) > now.getTime()
}

/** What a deactivated user sent is not accepted. */
async function standsFor(trx: Trx, { organization_id, invited_by }: InvitationRow): Promise<boolean> {
  if (invited_by === null) return true
  return (await selectActing(trx, { organization_id, user_id: invited_by }))?.is_active === true
}

async function take(trx: Trx, row: InvitationRow, { userId, actor, now }: Accepting): Promise<AcceptedInvitation> {
  const { organization_id, role } = row
  await updateInvitation(trx, row.id, { accepted_by: userId, accepted_at: now })
  const made = await insertMemberships(trx, [{ organization_id, user_id: userId, role, told_at: null }])
  await joinGroups(trx, userId, row.groups, actor)
  const detail = { organization: organization_id, invitation: row.id, role }
  await record(trx, { ...actor, userId, action: 'invitation.accepted', fields: [], detail })
  userChanged(trx, userId)
  return { organization_id, role, joined: made.length > 0 }
}
