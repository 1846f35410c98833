import { sql } from 'kysely'
import type { Trx } from '../../db/handle.ts'
import { type AccountRow, type UserChanges, userColumns } from '../users.repository.ts'

/** Every identity of a person, own and linked. */
export async function selectSubjects(trx: Trx, userId: string): Promise<string[]> {
  const own = trx
    .selectFrom('accounts_user')
    .select(eb => eb.ref('auth0_id').$notNull().as('subject'))
    .where('id', '=', userId)
    .where('auth0_id', 'is not', null)
  const linked = trx.selectFrom('accounts_identity').select('auth0_id as subject').where('user_id', '=', userId)
  return (await own.unionAll(linked).execute()).map(({ subject }) => subject)
}

/** Who changed a column last, by the person's trail; undefined where it holds no such change (any more). */
export async function selectLastChange(
  trx: Trx,
  userId: string,
  column: string,
): Promise<{ method: string | null } | undefined> {
  return await trx
    .selectFrom('accounts_audit')
    .select('method')
    .where('user_id', '=', userId)
    .where(sql<boolean>`${column} = any(fields)`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** There was no sign-in when Auth0 reported a user. */
export async function clearLogin(trx: Trx, userId: string): Promise<void> {
  await trx.updateTable('accounts_user').set({ last_login_at: null }).where('id', '=', userId).execute()
}

/** Writes the changed columns; the caller holds the row's lock and knows that they are newer. */
export async function updateFromEvent(
  trx: Trx,
  userId: string,
  changes: UserChanges,
  issuedAt: Date,
): Promise<AccountRow | undefined> {
  return await trx
    .updateTable('accounts_user')
    .set({
      ...changes,
      claims_issued_at: sql<Date>`greatest(claims_issued_at, ${issuedAt}::timestamptz)`,
      updated_at: sql<Date>`now()`,
    })
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .returning(userColumns)
    .executeTakeFirst()
}

/** So that a token from before the event changes nothing any more. */
export async function advanceClaims(trx: Trx, userId: string, issuedAt: Date): Promise<void> {
  await trx
    .updateTable('accounts_user')
    .set({ claims_issued_at: issuedAt })
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .where(eb => eb.or([eb('claims_issued_at', 'is', null), eb('claims_issued_at', '<', issuedAt)]))
    .execute()
}
