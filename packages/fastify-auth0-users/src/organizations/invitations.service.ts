import { type Actor, system } from '../audit/audit.ts'
import { toMillis } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { isUuid } from '../lib/text.ts'
import { lockGroupPermissions } from '../permissions/invited-groups.ts'
import { withLivingUser } from '../users/living.ts'
import { type AcceptedInvitation, acceptIn, isOpen } from './accept.ts'
import { type MemberCheck, requireRole } from './authority.ts'
import { type Change, createRunChange, type OrganizationDeps } from './change.ts'
import type { InvitationHookRegistry } from './hooks.ts'
import {
  countSent,
  type InvitationRow,
  insertInvitation,
  lockInvitation,
  revokeForEmail,
  selectInvitations,
  selectOpenFor,
  selectVerifiedAddress,
  updateInvitation,
} from './invitation.repository.ts'
import {
  checkInvitation,
  type Invitation,
  invitationHash,
  type NewInvitationRequest,
  newInvitationToken,
  toInvitation,
} from './invitation.ts'
import { requirePage } from './members.service.ts'
import type { InvitationOptions } from './options.ts'

/** An invitation with its token, which is shown once. */
export interface IssuedInvitation {
  readonly invitation: Invitation
  /** For the link; 43 characters of base64url. */
  readonly token: string
}

/** One page of invitations, the newest first. */
export interface InvitationPage {
  readonly items: readonly Invitation[]
  /** Pass as `after` to read on; null on the last page. */
  readonly next: string | null
}

/** Which invitation of which organization is meant. */
export interface InvitationRef {
  readonly organizationId: string
  readonly invitationId: string
}

/**
 * Part of `app.auth0Users.organizations`: invitations. Who may call it is the host's to check. Each rejects with
 * `A0U_NOT_FOUND` for an unknown organization or invitation, and with `A0U_DATABASE_UNAVAILABLE`.
 */
export interface Invitations {
  /**
   * Invites an address, and ends what was open for it there. Known and unknown addresses make no difference. Rejects
   * with `A0U_BODY_INVALID` and `A0U_INVITATION_LIMIT`.
   */
  invite(request: NewInvitationRequest, actor?: Actor): Promise<IssuedInvitation>
  /** 1 to 100 a page [20]. */
  invitations(
    organizationId: string,
    page?: { readonly after?: string; readonly limit?: number },
  ): Promise<InvitationPage>
  /**
   * Sends an open invitation again, with a new token and a new end; the token before no longer works. Rejects with
   * `A0U_INVITATION_LIMIT` within an hour, and with `A0U_INVITATION_INVALID` for one that is not open.
   */
  resendInvitation(ref: InvitationRef, actor?: Actor): Promise<IssuedInvitation>
  /** Resolves to false for one that is not open. */
  revokeInvitation(ref: InvitationRef, actor?: Actor): Promise<boolean>
  /**
   * Makes the acting user a member, by the token of the link or by the id of one of `invitationsFor`. Rejects with
   * `A0U_INVITATION_INVALID` and `A0U_INVITATION_ADDRESS`.
   */
  acceptInvitation(by: { readonly token: string } | { readonly id: string }, actor: Actor): Promise<AcceptedInvitation>
  /** The open invitations for a user's verified address. */
  invitationsFor(userId: string): Promise<readonly Invitation[]>
}

/** The same for the routes, which name what their caller must hold. */
export interface CheckedInvitations extends Invitations {
  invite(request: NewInvitationRequest, actor?: Actor, check?: MemberCheck): Promise<IssuedInvitation>
  resendInvitation(ref: InvitationRef, actor?: Actor, check?: MemberCheck): Promise<IssuedInvitation>
  revokeInvitation(ref: InvitationRef, actor?: Actor, check?: MemberCheck): Promise<boolean>
  /** Throws where the caller may not see them. */
  requireView(organizationId: string, actor: Actor, check: MemberCheck): Promise<void>
}

export interface InvitationDeps extends OrganizationDeps {
  readonly hooks: InvitationHookRegistry
  readonly options: Required<InvitationOptions>
}

const day = 86_400_000

/** How long an invitation is not sent again, in milliseconds. */
const resendAfter = 3_600_000

export function createInvitations(deps: InvitationDeps): CheckedInvitations {
  const { databases, options, now } = deps
  const run = createRunChange(deps)

  return {
    async invite(request, actor = system, check) {
      const wanted = checkInvitation(request, options.expiresIn)
      return await run(request, actor, check ?? null, async change => {
        requireRole(change.acting, wanted.role, deps.roles)
        const granted = await lockGroupPermissions(change.trx, wanted.groups)
        if (![...granted].every(change.acting.canEverywhere)) throw new Auth0UsersError('A0U_ESCALATION')
        return await inviteIn(deps, change, wanted)
      })
    },
    async invitations(organizationId, { after, limit = 20 } = {}) {
      if (!isUuid(organizationId)) throw new Auth0UsersError('A0U_NOT_FOUND')
      requirePage(after, limit)
      const page = { after, limit: limit + 1 }
      const rows = await reaching(() => selectInvitations(databases.primary, organizationId, page))
      const items = rows.slice(0, limit).map(toInvitation)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async resendInvitation(ref, actor = system, check) {
      return await run({ organizationId: ref.organizationId }, actor, check ?? null, async change => {
        const row = await lockOf(change, ref)
        requireRole(change.acting, row.role, deps.roles)
        return await resendIn(deps, change, row)
      })
    },
    async revokeInvitation(ref, actor = system, check) {
      return await run({ organizationId: ref.organizationId }, actor, check ?? null, async change => {
        const row = await lockOf(change, ref)
        if (!isOpen(row, new Date(now()))) return false
        await updateInvitation(change.trx, row.id, { revoked_at: new Date(now()) })
        await noteIn(change, 'invitation.revoked', row)
        return true
      })
    },
    async acceptInvitation(by, actor) {
      const key = 'token' in by ? { hash: invitationHash(by.token) } : { id: isUuid(by.id) ? by.id : null }
      const { actorId: userId } = actor
      if (userId === null) throw new Auth0UsersError('A0U_NOT_FOUND')
      if (key.hash === null || key.id === null) throw new Auth0UsersError('A0U_INVITATION_INVALID')
      const known = key.hash === undefined ? { id: key.id } : { hash: key.hash }
      return await reaching(() =>
        databases.transaction(trx =>
          withLivingUser(trx, { userId, actor, creates: 'authority' }, () =>
            acceptIn(trx, known, { userId, actor, now: new Date(now()) }, options.byLink),
          ),
        ),
      )
    },
    async invitationsFor(userId) {
      if (!isUuid(userId)) return []
      return await reaching(async () => {
        const email = await selectVerifiedAddress(databases.primary, userId)
        return (await selectOpenFor(databases.primary, email === null ? [] : [email], new Date(now()))).map(
          toInvitation,
        )
      })
    },
    async requireView(organizationId, actor, check) {
      await run({ organizationId }, actor, check, async () => undefined)
    },
  }
}

async function inviteIn(
  { hooks, options, now }: InvitationDeps,
  change: Change,
  { email, role, groups, expiresIn }: ReturnType<typeof checkInvitation>,
): Promise<IssuedInvitation> {
  const { trx, organizationId, actor } = change
  const at = new Date(now())
  const sent = await countSent(trx, organizationId, actor.actorId, { now: at, since: new Date(at.getTime() - day) })
  if (sent >= options.maxOpen) throw new Auth0UsersError('A0U_INVITATION_LIMIT')
  await revokeForEmail(trx, organizationId, email, at)
  const { token, hash } = newInvitationToken()
  const row = await insertInvitation(trx, {
    ...{ organization_id: organizationId, email, role, groups, token_hash: hash, invited_by: actor.actorId },
    ...{ sent_at: at, created_at: at, expires_at: new Date(at.getTime() + expiresIn * 1000) },
  })
  await noteIn(change, 'invitation.created', row)
  return await send(hooks, change, row, token)
}

async function resendIn(
  { hooks, options, now }: InvitationDeps,
  change: Change,
  before: InvitationRow,
): Promise<IssuedInvitation> {
  const at = new Date(now())
  if (!isOpen(before, at)) throw new Auth0UsersError('A0U_INVITATION_INVALID')
  if (at.getTime() - toMillis(before.sent_at) < resendAfter) throw new Auth0UsersError('A0U_INVITATION_LIMIT')
  const { token, hash } = newInvitationToken()
  const expires_at = new Date(at.getTime() + options.expiresIn * 1000)
  const row = await updateInvitation(change.trx, before.id, { token_hash: hash, sent_at: at, expires_at })
  await noteIn(change, 'invitation.resent', row)
  return await send(hooks, change, row, token)
}

async function send(
  hooks: InvitationHookRegistry,
  { organization, hostTrx, actor }: Change,
  row: InvitationRow,
  token: string,
): Promise<IssuedInvitation> {
  const invitation = toInvitation(row)
  const { id, name, display_name } = organization
  await hooks.run(
    'afterInvite',
    { invitation, token, organization: { id, name, display_name } },
    { trx: hostTrx, actor },
  )
  return { invitation, token }
}

async function lockOf({ trx, organizationId }: Change, { invitationId }: InvitationRef): Promise<InvitationRow> {
  const row = isUuid(invitationId) ? await lockInvitation(trx, { id: invitationId }) : undefined
  if (row?.organization_id !== organizationId) throw new Auth0UsersError('A0U_NOT_FOUND')
  return row
}

/** The entry names the invitation, never the address; it stands under the id of the organization. */
async function noteIn(
  { note, organizationId }: Change,
  action: 'invitation.created' | 'invitation.resent' | 'invitation.revoked',
  { id, role }: InvitationRow,
): Promise<void> {
  await note(action, organizationId, { invitation: id, role })
}
