import { type RawBuilder, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'

/** Most memberships of a user that are read with the user; an account with more of them acts in these only. */
const maxRead = 1000

/**
 * The memberships of the user `u` around it, as one JSON text: `[id, auth0_id, tenant, name, is_active, named_at in
 * milliseconds, role, [permissions]]` each. Text, because hosts may read json otherwise than the driver does by itself.
 */
export function membershipsOf(db: DbOrTrx, userId: RawBuilder<string>): RawBuilder<string | null> {
  const permissions = db
    .selectFrom('accounts_membership_permission as mp')
    .select('mp.permission')
    .where('mp.organization_id', '=', sql.ref<string>('m.organization_id'))
    .where('mp.user_id', '=', sql.ref<string>('m.user_id'))
  const rows = db
    .selectFrom('accounts_membership as m')
    .innerJoin('accounts_organization as o', 'o.id', 'm.organization_id')
    .select(
      sql`json_build_array(o.id, o.auth0_id, o.tenant, o.name, o.is_active,
        (extract(epoch from o.named_at) * 1000)::float8, m.role, array(${permissions}))`.as('entry'),
    )
    .where('m.user_id', '=', userId)
    // A literal: the statement around has its own parameters.
    .limit(sql.lit(maxRead))
  return sql<string | null>`(select json_agg(entry)::text from ${rows} memberships)`
}

/** Locks those of the users that are active and not erased, in order of their ids; returns who they are. */
export async function lockActiveUsers(trx: Trx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await trx
    .selectFrom('accounts_user')
    .select('id')
    .where('id', '=', sql<string>`any(${[...ids]}::uuid[])`)
    .where('is_active', '=', true)
    .where('anonymised_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export interface MembershipKey {
  readonly organization_id: string
  readonly user_id: string
}

export interface MembershipRow extends MembershipKey {
  readonly role: string
}

export interface NewMembership extends MembershipRow {
  readonly told_at: Date | null
}

/** Returns those that were made; the others were there. */
export async function insertMemberships(trx: Trx, given: readonly NewMembership[]): Promise<MembershipRow[]> {
  if (given.length === 0) return []
  return await trx
    .insertInto('accounts_membership')
    .values([...given])
    .onConflict(conflict => conflict.doNothing())
    .returning(['organization_id', 'user_id', 'role'])
    .execute()
}

/** When these memberships ended last. To be asked after an insert, which may have waited for the end to commit. */
export async function selectEnds(
  trx: Trx,
  keys: readonly MembershipKey[],
): Promise<(MembershipKey & { readonly ended_at: Date })[]> {
  if (keys.length === 0) return []
  return await trx
    .selectFrom('accounts_membership_end as e')
    .innerJoin(
      sql<MembershipKey>`unnest(${keys.map(key => key.organization_id)}::uuid[], ${keys.map(key => key.user_id)}::uuid[])`.as<'k'>(
        sql`k(organization_id, user_id)`,
      ),
      join => join.onRef('k.organization_id', '=', 'e.organization_id').onRef('k.user_id', '=', 'e.user_id'),
    )
    .select(['e.organization_id', 'e.user_id', 'e.ended_at'])
    .execute()
}

/** Remembers an end that arrived before the membership was ever seen; a later time stays. */
export async function upsertMembershipEnd(trx: Trx, key: MembershipKey, endedAt: Date): Promise<void> {
  await trx
    .insertInto('accounts_membership_end')
    .values({ ...key, ended_at: endedAt })
    .onConflict(conflict =>
      conflict
        .columns(['organization_id', 'user_id'])
        .doUpdateSet({ ended_at: sql<Date>`greatest(accounts_membership_end.ended_at, excluded.ended_at)` }),
    )
    .execute()
}

export interface FullMembership extends MembershipRow {
  readonly told_at: Date | null
  readonly role_order: string | null
}

export async function selectMembership(db: DbOrTrx, key: MembershipKey): Promise<FullMembership | undefined> {
  return await db
    .selectFrom('accounts_membership')
    .select(['organization_id', 'user_id', 'role', 'told_at', 'role_order'])
    .where('organization_id', '=', key.organization_id)
    .where('user_id', '=', key.user_id)
    .executeTakeFirst()
}

/** False where there was none. */
export async function deleteMembership(trx: Trx, key: MembershipKey): Promise<boolean> {
  const result = await trx
    .deleteFrom('accounts_membership')
    .where('organization_id', '=', key.organization_id)
    .where('user_id', '=', key.user_id)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

export async function updateMembership(
  trx: Trx,
  key: MembershipKey,
  change: { readonly role: string; readonly role_order?: string },
): Promise<void> {
  await trx
    .updateTable('accounts_membership')
    .set(change)
    .where('organization_id', '=', key.organization_id)
    .where('user_id', '=', key.user_id)
    .execute()
}

/** Whether another user than this one owns the organization. */
export async function hasOtherOwner(trx: Trx, key: MembershipKey, owner: string): Promise<boolean> {
  const row = await trx
    .selectFrom('accounts_membership as m')
    .innerJoin('accounts_user as u', 'u.id', 'm.user_id')
    .select('m.user_id')
    .where('m.organization_id', '=', key.organization_id)
    .where('m.user_id', '<>', key.user_id)
    .where('m.role', '=', owner)
    .where('u.is_active', '=', true)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** False when it was granted before. */
export async function insertGrant(trx: Trx, key: MembershipKey, permission: string): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_membership_permission')
    .values({ organization_id: key.organization_id, user_id: key.user_id, permission })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when it was not granted. */
export async function deleteGrant(trx: Trx, key: MembershipKey, permission: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('accounts_membership_permission')
    .where('organization_id', '=', key.organization_id)
    .where('user_id', '=', key.user_id)
    .where('permission', '=', permission)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}

/** What a user may do in an organization, read in the transaction that relies on it. */
export interface ActingRow {
  readonly is_active: boolean
  readonly is_superuser: boolean
  readonly is_platform: boolean
  /** Null for a user who is not a member. */
  readonly role: string | null
  /** Grants of the membership. */
  readonly inside: string[]
  /** Grants that hold everywhere, those of groups included. */
  readonly everywhere: string[]
}

export async function selectActing(trx: Trx, key: MembershipKey): Promise<ActingRow | undefined> {
  return await trx
    .selectFrom('accounts_user as u')
    .leftJoin('accounts_membership as m', join =>
      join.onRef('m.user_id', '=', 'u.id').on('m.organization_id', '=', key.organization_id),
    )
    .select(['u.is_active', 'u.is_superuser', 'u.is_platform', 'm.role'])
    .select(eb => [
      sql<string[]>`array(${eb
        .selectFrom('accounts_membership_permission as mp')
        .select('mp.permission')
        .where('mp.organization_id', '=', key.organization_id)
        .whereRef('mp.user_id', '=', 'u.id')})`.as('inside'),
      sql<string[]>`array(${eb
        .selectFrom('accounts_user_permission as up')
        .select('up.permission')
        .whereRef('up.user_id', '=', 'u.id')}) || array(${eb
        .selectFrom('accounts_user_group as ug')
        .innerJoin('accounts_group_permission as gp', 'gp.group_id', 'ug.group_id')
        .select('gp.permission')
        .whereRef('ug.user_id', '=', 'u.id')})`.as('everywhere'),
    ])
    .where('u.id', '=', key.user_id)
    .executeTakeFirst()
}

/** A member as lists show them. */
export interface ListedMemberRow {
  readonly user_id: string
  readonly role: string
  readonly created_at: Date
  readonly email: string | null
  readonly first_name: string | null
  readonly last_name: string | null
  readonly permissions: string[]
}

/** In order of the users' ids, from behind the given one. */
export async function selectMembers(
  db: DbOrTrx,
  organizationId: string,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<ListedMemberRow[]> {
  let query = db
    .selectFrom('accounts_membership as m')
    .innerJoin('accounts_user as u', 'u.id', 'm.user_id')
    .select(['m.user_id', 'm.role', 'm.created_at', 'u.email', 'u.first_name', 'u.last_name'])
    .select(eb =>
      sql<string[]>`array(${eb
        .selectFrom('accounts_membership_permission as mp')
        .select('mp.permission')
        .whereRef('mp.organization_id', '=', 'm.organization_id')
        .whereRef('mp.user_id', '=', 'm.user_id')
        .orderBy('mp.permission')})`.as('permissions'),
    )
    .where('m.organization_id', '=', organizationId)
    .orderBy('m.user_id')
    .limit(page.limit)
  if (page.after !== undefined) query = query.where('m.user_id', '>', page.after)
  return await query.execute()
}

/** An organization of one user. */
export interface OwnOrganizationRow {
  readonly id: string
  readonly auth0_id: string | null
  readonly name: string
  readonly display_name: string | null
  readonly is_active: boolean
  readonly role: string
  readonly created_at: Date
}

export async function selectOrganizationsOf(db: DbOrTrx, userId: string): Promise<OwnOrganizationRow[]> {
  return await db
    .selectFrom('accounts_membership as m')
    .innerJoin('accounts_organization as o', 'o.id', 'm.organization_id')
    .select(['o.id', 'o.auth0_id', 'o.name', 'o.display_name', 'o.is_active', 'm.role', 'm.created_at'])
    .where('m.user_id', '=', userId)
    .orderBy('o.name')
    .orderBy('o.id')
    .limit(maxRead)
    .execute()
}

/** All grants of a user's memberships, for the export. */
export async function selectGrantsOf(
  db: DbOrTrx,
  userId: string,
): Promise<(MembershipKey & { readonly permission: string })[]> {
  return await db
    .selectFrom('accounts_membership_permission')
    .select(['organization_id', 'user_id', 'permission'])
    .where('user_id', '=', userId)
    .orderBy('organization_id')
    .orderBy('permission')
    .execute()
}

/** Ends every membership of a user and forgets when they ended. */
export async function deleteMembershipsOf(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('accounts_membership_permission').where('user_id', '=', userId).execute()
  await trx.deleteFrom('accounts_membership').where('user_id', '=', userId).execute()
  await trx.deleteFrom('accounts_membership_end').where('user_id', '=', userId).execute()
}

/** The ids of an organization's members, at most so many. */
export async function selectMemberIds(db: DbOrTrx, organizationId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts_membership')
    .select('user_id')
    .where('organization_id', '=', organizationId)
    .limit(limit)
    .execute()
  return rows.map(row => row.user_id)
}
