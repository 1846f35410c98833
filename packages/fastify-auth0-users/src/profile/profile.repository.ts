import { sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { JsonObject } from '../lib/json.ts'

/** What the profile API reads of a person. Django rows may hold null names and any JSON as profile; they read as empty. */
export interface ProfileRow {
  readonly id: string
  readonly auth0_id: string | null
  readonly username: string | null
  readonly email: string | null
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: JsonObject
  readonly edited_fields: readonly string[]
  readonly created_at: Date
  readonly updated_at: Date
}

const columns = ['id', 'auth0_id', 'username', 'email', 'edited_fields', 'created_at', 'updated_at'] as const

const cleaned = [
  sql<string>`coalesce(first_name, '')`.as('first_name'),
  sql<string>`coalesce(last_name, '')`.as('last_name'),
  sql<JsonObject>`case when jsonb_typeof(profile_data) = 'object' then profile_data else '{}' end`.as('profile_data'),
] as const

/** By primary key. A person who was anonymised has no profile. */
export async function selectProfile(db: DbOrTrx, userId: string): Promise<ProfileRow | undefined> {
  return await profileOf(db, userId).executeTakeFirst()
}

function profileOf(db: DbOrTrx, userId: string) {
  return db
    .selectFrom('accounts_user')
    .select(columns)
    .select(cleaned)
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
}

/** The same, holding the row until the transaction ends: what writers of one profile queue on. */
export async function lockProfile(trx: Trx, userId: string): Promise<ProfileRow | undefined> {
  return await profileOf(trx, userId).forUpdate().executeTakeFirst()
}

export interface ProfileUpdate {
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: JsonObject
  readonly edited_fields: readonly string[]
}

/**
 * Writes the profile's columns. The clock, not the transaction's start: writers queue on the row, so
 * their transactions may have started in another order.
 */
export async function updateProfile(trx: Trx, userId: string, update: ProfileUpdate): Promise<ProfileRow> {
  return await trx
    .updateTable('accounts_user')
    .set({
      first_name: update.first_name,
      last_name: update.last_name,
      profile_data: JSON.stringify(update.profile_data),
      edited_fields: [...update.edited_fields],
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', userId)
    .returning(columns)
    .returning(cleaned)
    .executeTakeFirstOrThrow()
}

/**
 * Empties the profile. `claims_issued_at` moves on, so that the tokens issued before the erasure do
 * not write the names back; a new sign-in may.
 */
export async function clearProfile(trx: Trx, userId: string): Promise<void> {
  await trx
    .updateTable('accounts_user')
    .set({
      first_name: '',
      last_name: '',
      profile_data: '{}',
      edited_fields: [],
      claims_issued_at: sql<Date>`greatest(claims_issued_at, clock_timestamp())`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('id', '=', userId)
    .execute()
}
