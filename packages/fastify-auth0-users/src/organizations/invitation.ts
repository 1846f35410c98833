import { createHash, randomBytes } from 'node:crypto'
import { toIso } from '../db/time.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { storedAddress } from '../lib/address.ts'
import { isPrintable } from '../lib/text.ts'
import type { InvitationRow } from './invitation.repository.ts'
import { memberRole } from './organization.ts'

/** An invitation into an organization. Times are ISO 8601, UTC. */
export interface Invitation {
  /** uuid */
  readonly id: string
  readonly organization_id: string
  readonly email: string
  readonly role: string
  /** Ids of the groups that the invited user joins. */
  readonly groups: readonly string[]
  /** The id of the user who invited; null for the system itself, or for a user who was erased since. */
  readonly invited_by: string | null
  readonly created_at: string
  readonly sent_at: string
  readonly expires_at: string
  readonly accepted_at: string | null
  readonly revoked_at: string | null
}

/** What `app.auth0Users.organizations.invite` is asked for. */
export interface NewInvitationRequest {
  /** The id of our row. */
  readonly organizationId: string
  readonly email: string
  /**
   * `owner`, `member` or a role of the option `organizations.roles`.
   *
   * @default 'member'
   */
  readonly role?: string
  /**
   * Ids of groups that the invited user joins. Groups count everywhere, so the inviter must hold all that they grant
   * without the organization.
   *
   * @default []
   */
  readonly groups?: readonly string[]
  /** How long it can be accepted, in seconds [the option `organizations.invitations.expiresIn`]. */
  readonly expiresIn?: number
}

/** The same, checked and complete. */
export interface CheckedInvitation {
  readonly email: string
  readonly role: string
  readonly groups: string[]
  readonly expiresIn: number
}

const maxGroups = 20
const maxExpiresIn = 31_536_000
const address = /^[^\s@]+@[^\s@]+$/

/** Untrusted. Throws `A0U_BODY_INVALID` with all faults; the role is checked with who hands it on. */
export function checkInvitation(request: NewInvitationRequest, expiresInDefault: number): CheckedInvitation {
  const { role = memberRole, groups = [], expiresIn = expiresInDefault } = request
  const email = typeof request.email === 'string' ? storedAddress(request.email) : null
  const faults: Fault[] = []
  if (email === null || email.length > 254 || !address.test(email) || !isPrintable(email)) {
    faults.push({ field: 'email', message: 'must be an email address' })
  }
  if (typeof role !== 'string') faults.push({ field: 'role', message: 'must be a string' })
  if (!Array.isArray(groups) || groups.length > maxGroups || groups.some(id => typeof id !== 'string')) {
    faults.push({ field: 'groups', message: `must be a list of at most ${maxGroups} ids` })
  }
  if (!(Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= maxExpiresIn)) {
    faults.push({ field: 'expires_in', message: `must be a whole number from 1 to ${maxExpiresIn}` })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
  return { email: email ?? '', role, groups: [...new Set(groups.map(id => id.toLowerCase()))], expiresIn }
}

/** A new token of 256 random bits, 43 characters of base64url. */
export function newInvitationToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: sha256(token) }
}

/** What an invitation is looked up by; null for a text that is not a token. Untrusted. */
export function invitationHash(token: string): Buffer | null {
  return /^[A-Za-z0-9_-]{43}$/.test(token) ? sha256(token) : null
}

export function toInvitation(row: InvitationRow): Invitation {
  const { id, organization_id, email, role, groups, invited_by } = row
  return {
    ...{ id, organization_id, email, role, groups, invited_by },
    created_at: toIso(row.created_at),
    sent_at: toIso(row.sent_at),
    expires_at: toIso(row.expires_at),
    accepted_at: row.accepted_at === null ? null : toIso(row.accepted_at),
    revoked_at: row.revoked_at === null ? null : toIso(row.revoked_at),
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
