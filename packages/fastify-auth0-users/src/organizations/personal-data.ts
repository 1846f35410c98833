import type { DbOrTrx, Trx } from '../db/handle.ts'
import { toIso } from '../db/time.ts'
import { eraseInvitationsOf, selectInvitationsOf } from './invitation.repository.ts'
import { deleteMembershipsOf, selectGrantsOf, selectOrganizationsOf } from './membership.repository.ts'

/** A membership in the export of its user. */
export interface ExportedMembership {
  readonly organization: string
  readonly name: string
  readonly role: string
  /** Granted to the membership, beside what its role grants. */
  readonly permissions: readonly string[]
  readonly since: string
}

/** An invitation in the export of the user who sent, accepted or received it. */
export interface ExportedInvitation {
  readonly organization: string
  /** Null for an invitation of another user: the address is theirs. */
  readonly email: string | null
  readonly role: string
  readonly created_at: string
  readonly expires_at: string
  readonly accepted_at: string | null
  readonly revoked_at: string | null
}

/** All that this module holds on a user, for the export. */
export async function exportFor(
  db: DbOrTrx,
  userId: string,
): Promise<{
  readonly memberships: readonly ExportedMembership[]
  readonly invitations: readonly ExportedInvitation[]
}> {
  const grants = await selectGrantsOf(db, userId)
  const memberships = (await selectOrganizationsOf(db, userId)).map(row => ({
    organization: row.id,
    name: row.name,
    role: row.role,
    permissions: grants.filter(grant => grant.organization_id === row.id).map(({ permission }) => permission),
    since: toIso(row.created_at),
  }))
  const invitations = (await selectInvitationsOf(db, userId)).map(row => ({
    organization: row.organization_id,
    email: row.invited_by === userId && row.accepted_by !== userId ? null : row.email,
    role: row.role,
    created_at: toIso(row.created_at),
    expires_at: toIso(row.expires_at),
    accepted_at: row.accepted_at === null ? null : toIso(row.accepted_at),
    revoked_at: row.revoked_at === null ? null : toIso(row.revoked_at),
  }))
  return { memberships, invitations }
}

/** Ends every membership of a user who is anonymised, and deletes their invitations. */
export async function anonymiseFor(trx: Trx, userId: string): Promise<void> {
  await eraseInvitationsOf(trx, userId)
  await deleteMembershipsOf(trx, userId)
}
