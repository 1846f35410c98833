import { sql } from 'kysely'
import { isAddressOf } from '../db/address.ts'
import type { DbOrTrx, Trx } from '../db/handle.ts'

export interface FoundPerson {
  readonly id: string
  readonly auth0_id: string | null
  readonly email_verified: boolean
  /** Whether the email was what matched. */
  readonly byEmail: boolean
}

/** Those whose Auth0 id, further identity or email (in any case) is the given text; at most 2. */
export async function selectByText(db: DbOrTrx, text: string): Promise<FoundPerson[]> {
  return await db
    .selectFrom('accounts_user as u')
    .select(['u.id', 'u.auth0_id', 'u.email_verified'])
    .select(
      sql<boolean>`coalesce(${isAddressOf(text, 'u.email')}, false) and u.auth0_id is distinct from ${text}`.as(
        'byEmail',
      ),
    )
    .where('u.anonymised_at', 'is', null)
    .where(({ eb, or, exists, selectFrom }) =>
      or([
        eb('u.auth0_id', '=', text),
        isAddressOf(text, 'u.email'),
        exists(
          selectFrom('accounts_identity as i')
            .select('i.user_id')
            .whereRef('i.user_id', '=', 'u.id')
            .where('i.auth0_id', '=', text),
        ),
      ]),
    )
    .limit(2)
    .execute()
}

export async function selectById(db: DbOrTrx, id: string): Promise<FoundPerson | undefined> {
  return await db
    .selectFrom('accounts_user')
    .select(['id', 'auth0_id', 'email_verified', sql<boolean>`false`.as('byEmail')])
    .where('id', '=', id)
    .where('anonymised_at', 'is', null)
    .executeTakeFirst()
}

/** Undefined when the identity or the username is taken. */
export async function insertPerson(trx: Trx, auth0_id: string, username: string): Promise<string | undefined> {
  const row = await trx
    .insertInto('accounts_user')
    .values({ auth0_id, username })
    .onConflict(conflict => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
