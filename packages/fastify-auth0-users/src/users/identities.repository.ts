import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'
import type { DirectoryRow } from './directory/directory.repository.ts'

/** Locks users that are not erased until the end of the transaction: superusers first, then by id, as `lockUsers` does. */
export async function lockPeople(trx: Trx, ids: readonly string[]): Promise<DirectoryRow[]> {
  return await trx
    .selectFrom('accounts_user')
    .selectAll()
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .where('anonymised_at', 'is', null)
    .orderBy(sql`is_superuser is true`, 'desc')
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Whose identity this is, own or linked. */
export async function selectOwner(trx: Trx, subject: string): Promise<{ id: string; linked: boolean } | undefined> {
  const linked = await trx
    .selectFrom('accounts_identity')
    .select('user_id as id')
    .where('auth0_id', '=', subject)
    .executeTakeFirst()
  if (linked !== undefined) return { ...linked, linked: true }
  const own = await trx.selectFrom('accounts_user').select('id').where('auth0_id', '=', subject).executeTakeFirst()
  return own === undefined ? undefined : { ...own, linked: false }
}

export async function deleteIdentity(trx: Trx, subject: string): Promise<void> {
  await trx.deleteFrom('accounts_identity').where('auth0_id', '=', subject).execute()
}

/** The identity that was linked first. */
export async function selectOldestIdentity(trx: Trx, userId: string): Promise<string | undefined> {
  const oldest = await trx
    .selectFrom('accounts_identity')
    .select('auth0_id')
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('auth0_id')
    .executeTakeFirst()
  return oldest?.auth0_id
}

export async function updateOwnIdentity(trx: Trx, userId: string, subject: string): Promise<void> {
  await trx
    .updateTable('accounts_user')
    .set({ auth0_id: subject, updated_at: sql<Date>`now()` })
    .where('id', '=', userId)
    .execute()
}

/** Hands all identities on, deletes the person they came from, and fills what the other lacks. */
export async function absorb(trx: Trx, from: DirectoryRow, into: DirectoryRow): Promise<DirectoryRow> {
  await trx.updateTable('accounts_identity').set({ user_id: into.id }).where('user_id', '=', from.id).execute()
  await trx.deleteFrom('accounts_user').where('id', '=', from.id).execute()
  if (from.auth0_id !== null) {
    await trx.insertInto('accounts_identity').values({ auth0_id: from.auth0_id, user_id: into.id }).execute()
  }
  const email = into.email === null ? { email: from.email, email_verified: from.email_verified } : {}
  return await trx
    .updateTable('accounts_user')
    .set({
      ...email,
      // What one of them signed out of stays signed out.
      tokens_valid_after: sql<Date>`greatest(tokens_valid_after, ${from.tokens_valid_after}::timestamptz)`,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', into.id)
    .returningAll()
    .executeTakeFirstOrThrow()
}
