import { type Selectable, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { InvitationTable } from '../db/organization-schema.ts'
import type { MembershipKey } from './membership.repository.ts'

/** An invitation without its token. */
export type InvitationRow = Omit<Selectable<InvitationTable>, 'token_hash'>

const columns = [
  ...(['id', 'organization_id', 'email', 'role', 'groups', 'invited_by', 'sent_at'] as const),
  ...(['accepted_by', 'accepted_at', 'revoked_at', 'created_at', 'expires_at'] as const),
]

export interface NewInvitation {
  readonly organization_id: string
  readonly email: string
  readonly role: string
  readonly groups: string[]
  readonly token_hash: Uint8Array
  readonly invited_by: string | null
  readonly sent_at: Date
  readonly created_at: Date
  readonly expires_at: Date
}

export async function insertInvitation(trx: Trx, given: NewInvitation): Promise<InvitationRow> {
  return await trx.insertInto('accounts_invitation').values(given).returning(columns).executeTakeFirstOrThrow()
}

/** How many invitations of this inviter are open or were made `since`; those of the system count together. */
export async function countSent(
  trx: Trx,
  organizationId: string,
  inviter: string | null,
  { now, since }: { readonly now: Date; readonly since: Date },
): Promise<number> {
  const row = await trx
    .selectFrom('accounts_invitation')
    .select(({ fn }) => fn.countAll<string>().as('n'))
    .where('organization_id', '=', organizationId)
    .where('invited_by', inviter === null ? 'is' : '=', inviter)
    .where(eb =>
      eb.or([
        eb('created_at', '>', since),
        eb.and([eb('accepted_at', 'is', null), eb('revoked_at', 'is', null), eb('expires_at', '>', now)]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(row.n)
}

/** Ends the open invitations of an address in an organization; one at a time is enough. */
export async function revokeForEmail(trx: Trx, organizationId: string, email: string, now: Date): Promise<void> {
  await trx
    .updateTable('accounts_invitation')
    .set({ revoked_at: now })
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`lower(email collate "C") = lower(${email} collate "C")`)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Ends the open invitations of a user who is no longer a member. */
export async function revokeInvitationsBy(trx: Trx, key: MembershipKey, now: Date): Promise<void> {
  await trx
    .updateTable('accounts_invitation')
    .set({ revoked_at: now })
    .where('organization_id', '=', key.organization_id)
    .where('invited_by', '=', key.user_id)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}

/** By the hash of the token or by id, locked; whatever its state is. */
export async function lockInvitation(
  trx: Trx,
  by: { readonly hash: Uint8Array } | { readonly id: string },
): Promise<InvitationRow | undefined> {
  const query = trx.selectFrom('accounts_invitation').select(columns)
  return await ('hash' in by ? query.where('token_hash', '=', by.hash) : query.where('id', '=', by.id))
    .forUpdate()
    .executeTakeFirst()
}

/** The same without a lock: the organization is locked before the invitation. */
export async function selectInvitation(
  trx: Trx,
  by: { readonly hash: Uint8Array } | { readonly id: string },
): Promise<InvitationRow | undefined> {
  const query = trx.selectFrom('accounts_invitation').select(columns)
  return await ('hash' in by
    ? query.where('token_hash', '=', by.hash)
    : query.where('id', '=', by.id)
  ).executeTakeFirst()
}

export async function updateInvitation(
  trx: Trx,
  id: string,
  change: Partial<Pick<InvitationRow, 'accepted_by' | 'accepted_at' | 'revoked_at' | 'expires_at' | 'sent_at'>> & {
    readonly token_hash?: Uint8Array
  },
): Promise<InvitationRow> {
  return await trx
    .updateTable('accounts_invitation')
    .set(change)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Newest first, from behind the given one. */
export async function selectInvitations(
  db: DbOrTrx,
  organizationId: string,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<InvitationRow[]> {
  let query = db
    .selectFrom('accounts_invitation')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
  if (page.after !== undefined) {
    query = query.where(
      sql<boolean>`(created_at, id) < (select a.created_at, a.id from ${sql.table('accounts_invitation')} a where a.id = ${page.after})`,
    )
  }
  return await query.execute()
}

/** Those that can still be accepted by a user with one of these addresses. */
export async function selectOpenFor(db: DbOrTrx, emails: readonly string[], now: Date): Promise<InvitationRow[]> {
  if (emails.length === 0) return []
  return await db
    .selectFrom('accounts_invitation')
    .select(columns)
    .where(
      sql<boolean>`lower(email collate "C") = any(select lower(e collate "C") from unnest(${[...emails]}::text[]) e)`,
    )
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** What a user sent and accepted, and what waits for their address, for the export. */
export async function selectInvitationsOf(db: DbOrTrx, userId: string): Promise<InvitationRow[]> {
  return await db
    .selectFrom('accounts_invitation as i')
    .select(columns.map(column => `i.${column}` as const))
    .where(eb =>
      eb.or([
        eb('i.invited_by', '=', userId),
        eb('i.accepted_by', '=', userId),
        sql<boolean>`lower(i.email collate "C") = (${eb
          .selectFrom('accounts_user')
          .select(sql`lower(email collate "C")`.as('email'))
          .where('id', '=', userId)})`,
      ]),
    )
    .orderBy('i.created_at')
    .orderBy('i.id')
    .execute()
}

/** Deletes what a user accepted and what waits for their address, ends what they sent, and takes their name from it. */
export async function eraseInvitationsOf(trx: Trx, userId: string): Promise<void> {
  await trx
    .deleteFrom('accounts_invitation')
    .where(eb =>
      eb.or([
        eb('accepted_by', '=', userId),
        sql<boolean>`lower(email collate "C") = (${eb
          .selectFrom('accounts_user')
          .select(sql`lower(email collate "C")`.as('email'))
          .where('id', '=', userId)})`,
      ]),
    )
    .execute()
  await trx
    .updateTable('accounts_invitation')
    .set({
      invited_by: null,
      revoked_at: sql<Date | null>`coalesce(revoked_at, case when accepted_at is null then now() end)`,
    })
    .where('invited_by', '=', userId)
    .execute()
}

/** The address of a user where it is verified; null otherwise. */
export async function selectVerifiedAddress(db: DbOrTrx, userId: string): Promise<string | null> {
  const row = await db
    .selectFrom('accounts_user')
    .select('email')
    .where('id', '=', userId)
    .where('email_verified', '=', true)
    .executeTakeFirst()
  return row?.email ?? null
}
