import { type Selectable, sql } from 'kysely'
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
  /** Ids of people, with commas between them. */
  readonly ids?: string
  /** Id of a group that they are in. */
  readonly group?: string
  readonly after?: string
  readonly limit: number
}

const flagNames = ['is_active', 'is_staff', 'is_superuser', 'is_platform'] as const

/** What does not go with `search`. */
export const filterNames = ['is_active', 'is_staff', 'is_superuser', 'is_platform', 'ids', 'group'] as const

/** By id, from behind the given one, along the primary key. */
export async function selectPeople(db: DbOrTrx, filter: PersonFilter): Promise<PersonRow[]> {
  let query = db.selectFrom('accounts_user').select(columns).where('anonymised_at', 'is', null)
  if (filter.after !== undefined) query = query.where('id', '>', filter.after)
  for (const flag of flagNames) {
    const wanted = filter[flag]
    if (wanted !== undefined) query = query.where(flag, '=', wanted)
  }
  if (filter.ids !== undefined) {
    query = query.where('id', '=', sql<string>`any(${filter.ids.split(',')}::uuid[])`)
  }
  const { group } = filter
  if (group !== undefined) {
    query = query.where('id', 'in', db =>
      db.selectFrom('accounts_user_group').select('user_id').where('group_id', '=', group),
    )
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

export interface IdentityRow {
  readonly auth0_id: string
  readonly linked_at: Date
}

/** The identities that were linked beside the one in `auth0_id`, the first of them first. */
export async function selectLinkedIdentities(db: DbOrTrx, userId: string): Promise<IdentityRow[]> {
  return await db
    .selectFrom('accounts_identity')
    .select(['auth0_id', 'created_at as linked_at'])
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('auth0_id')
    .execute()
}
