import { sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'

export interface GroupRow {
  readonly id: string
  readonly name: string
}

/** A group with its permissions, by name. */
export interface GroupWithPermissions extends GroupRow {
  readonly permissions: string[]
}

/** By name, from behind the given one. */
export async function selectGroups(
  db: DbOrTrx,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<GroupWithPermissions[]> {
  let query = groups(db).orderBy('g.name').limit(page.limit)
  if (page.after !== undefined) query = query.where('g.name', '>', page.after)
  return await query.execute()
}

export async function selectGroup(db: DbOrTrx, groupId: string): Promise<GroupWithPermissions | undefined> {
  return await groups(db).where('g.id', '=', groupId).executeTakeFirst()
}

/** Those of a person, by name. */
export async function selectGroupsOf(db: DbOrTrx, userId: string): Promise<GroupWithPermissions[]> {
  return await groups(db)
    .innerJoin('accounts_user_group as m', 'm.group_id', 'g.id')
    .where('m.user_id', '=', userId)
    .orderBy('g.name')
    .execute()
}

function groups(db: DbOrTrx) {
  const permissions = db
    .selectFrom('accounts_group_permission as p')
    .select('p.permission')
    .where('p.group_id', '=', sql<string>`${sql.ref('g.id')}`)
    .orderBy('p.permission')
  return db
    .selectFrom('accounts_group as g')
    .select(['g.id', 'g.name', sql<string[]>`array(${permissions})`.as('permissions')])
}

/** Granted to the person, not by a group. */
export async function selectDirectPermissions(db: DbOrTrx, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts_user_permission')
    .select('permission')
    .where('user_id', '=', userId)
    .orderBy('permission')
    .execute()
  return rows.map(row => row.permission)
}

/** Undefined when the name is taken. */
export async function insertGroup(trx: Trx, name: string): Promise<GroupRow | undefined> {
  return await trx
    .insertInto('accounts_group')
    .values({ name })
    .onConflict(conflict => conflict.doNothing())
    .returning(['id', 'name'])
    .executeTakeFirst()
}

/** Holds the row until the transaction ends, so that its permissions and members stand still. */
export async function lockGroup(trx: Trx, groupId: string): Promise<GroupRow | undefined> {
  return await trx
    .selectFrom('accounts_group')
    .select(['id', 'name'])
    .where('id', '=', groupId)
    .forUpdate()
    .executeTakeFirst()
}

export async function updateGroupName(trx: Trx, groupId: string, name: string): Promise<void> {
  await trx.updateTable('accounts_group').set({ name }).where('id', '=', groupId).execute()
}

/** Deletes the group with its permissions and memberships. */
export async function deleteGroup(trx: Trx, groupId: string): Promise<void> {
  await trx.deleteFrom('accounts_group').where('id', '=', groupId).execute()
}

export async function selectGroupPermissions(trx: Trx, groupId: string): Promise<string[]> {
  const rows = await trx
    .selectFrom('accounts_group_permission')
    .select('permission')
    .where('group_id', '=', groupId)
    .orderBy('permission')
    .execute()
  return rows.map(row => row.permission)
}

export async function insertGroupPermissions(trx: Trx, groupId: string, permissions: readonly string[]): Promise<void> {
  if (permissions.length === 0) return
  await trx
    .insertInto('accounts_group_permission')
    .values(permissions.map(permission => ({ group_id: groupId, permission })))
    .execute()
}

export async function deleteGroupPermissions(trx: Trx, groupId: string, permissions: readonly string[]): Promise<void> {
  if (permissions.length === 0) return
  await trx
    .deleteFrom('accounts_group_permission')
    .where('group_id', '=', groupId)
    .where('permission', 'in', permissions)
    .execute()
}

export async function selectMemberIds(trx: Trx, groupId: string): Promise<string[]> {
  const rows = await trx
    .selectFrom('accounts_user_group')
    .select('user_id')
    .where('group_id', '=', groupId)
    .orderBy('user_id')
    .execute()
  return rows.map(row => row.user_id)
}

/** False when they were a member before. */
export async function insertMember(trx: Trx, groupId: string, userId: string): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_user_group')
    .values({ group_id: groupId, user_id: userId })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when they were none. */
export async function deleteMember(trx: Trx, groupId: string, userId: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('accounts_user_group')
    .where('group_id', '=', groupId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
