import type { DbOrTrx } from '../db/handle.ts'

/** What the account holds on a person beside the profile: identities, flags and times. */
export async function selectAccount(db: DbOrTrx, userId: string): Promise<Record<string, unknown> | null> {
  const account = await db
    .selectFrom('accounts_user')
    .select(['id', 'auth0_id', 'username', 'email', 'email_verified', 'is_active', 'is_staff', 'is_superuser'])
    .select([
      'is_platform',
      'last_login_at',
      'last_seen_at',
      'claims_issued_at',
      'tokens_valid_after',
      'created_at',
      'updated_at',
    ])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (account === undefined) return null
  const identities = await db
    .selectFrom('accounts_identity')
    .select(['auth0_id', 'created_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute()
  return { ...account, identities }
}
