import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'

export interface LockedAccount {
  readonly auth0_id: string | null
  readonly anonymised_at: Date | null
}

/** Holds the row until the transaction ends. */
export async function lockAccount(trx: Trx, userId: string): Promise<LockedAccount | undefined> {
  return await trx
    .selectFrom('accounts_user')
    .select(['auth0_id', 'anonymised_at'])
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
}

/** Removes the further identities of a user and returns their subjects. */
export async function deleteIdentities(trx: Trx, userId: string): Promise<string[]> {
  const rows = await trx.deleteFrom('accounts_identity').where('user_id', '=', userId).returning('auth0_id').execute()
  return rows.map(row => row.auth0_id)
}

/** Empties every column that says something of a person; identity and username become the row's own id. */
export async function clearAccount(trx: Trx, userId: string): Promise<void> {
  await trx
    .updateTable('accounts_user')
    .set({
      auth0_id: `erased|${userId}`,
      username: `erased.${userId}`,
      email: null,
      email_verified: false,
      first_name: '',
      last_name: '',
      profile_data: '{}',
      edited_fields: [],
      is_active: false,
      is_staff: false,
      is_superuser: false,
      is_platform: false,
      // Later than any token, so that one that was on its way when this began writes nothing back.
      claims_issued_at: new Date('9999-12-31T00:00:00Z'),
      last_login_at: null,
      last_seen_at: null,
      tokens_valid_after: sql<Date>`clock_timestamp()`,
      anonymised_at: sql<Date>`clock_timestamp()`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', userId)
    .execute()
}
