import type { Selectable } from 'kysely'
import type { DbOrTrx } from '../db/handle.ts'
import type { UserTable } from '../db/schema.ts'

const columns = [
  'id',
  'auth0_id',
  'username',
  'email',
  'email_verified',
  'first_name',
  'last_name',
  'is_active',
  'is_staff',
  'is_superuser',
  'is_platform',
  'last_login_at',
  'last_seen_at',
  'tokens_valid_after',
  'created_at',
  'updated_at',
] as const

export type PersonRow = Pick<Selectable<UserTable>, (typeof columns)[number]>

export interface PersonFilter {
  readonly search?: string
  readonly is_active?: boolean
  readonly is_staff?: boolean
  readonly is_superuser?: boolean
  readonly is_platform?: boolean
  readonly after?: string
  readonly limit: number
}

export const flagNames = ['is_active', 'is_staff', 'is_superuser', 'is_platform'] as const

/** By id, from behind the given one, along the primary key. */
export async function selectPeople(db: DbOrTrx, filter: PersonFilter): Promise<PersonRow[]> {
  let query = db.selectFrom('accounts_user').select(columns).where('anonymised_at', 'is', null)
  if (filter.after !== undefined) query = query.where('id', '>', filter.after)
  for (const flag of flagNames) {
    const wanted = filter[flag]
    if (wanted !== undefined) query = query.where(flag, '=', wanted)
  }
  return await query.orderBy('id').limit(filter.limit).execute()
}

export async function selectPerson(db: DbOrTrx, userId: string): Promise<PersonRow | undefined> {
  return await db
    .selectFrom('accounts_user')
    .select(columns)
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .executeTakeFirst()
}
