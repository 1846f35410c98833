import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'
import type { Flags } from './grant-flags.ts'

/** Of the person who acts. */
export interface ActorRow {
  readonly is_active: boolean
  readonly is_staff: boolean
  readonly is_superuser: boolean
  readonly is_platform: boolean
}

export async function selectActor(trx: Trx, userId: string): Promise<ActorRow | undefined> {
  return await trx
    .selectFrom('accounts_user')
    .select(['is_active', 'is_staff', 'is_superuser', 'is_platform'])
    .where('id', '=', userId)
    .executeTakeFirst()
}

/** Of the person who is changed. */
export interface Target extends Flags {
  readonly id: string
}

/** Holds the row until the transaction ends; undefined for an unknown or anonymised person. */
export async function lockTarget(trx: Trx, userId: string): Promise<Target | undefined> {
  return await trx
    .selectFrom('accounts_user')
    .select(['id', 'is_active', 'is_staff', 'is_superuser', 'is_platform'])
    .where('id', '=', userId)
    .where('anonymised_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

/**
 * Holds the rows of all active superusers until the transaction ends, and answers their ids. One that
 * a transaction we waited for has demoted is not among them.
 */
export async function lockSuperusers(trx: Trx): Promise<string[]> {
  const rows = await trx
    .selectFrom('accounts_user')
    .select('id')
    .where('is_superuser', '=', true)
    .where('is_active', '=', true)
    .orderBy('id')
    .forUpdate()
    .execute()
  return rows.map(row => row.id)
}

export async function updateFlags(trx: Trx, userId: string, flags: Partial<Flags>): Promise<void> {
  await trx
    .updateTable('accounts_user')
    .set({ ...flags, updated_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', userId)
    .execute()
}

/** False when it was granted before. */
export async function insertUserPermission(trx: Trx, userId: string, permission: string): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_user_permission')
    .values({ user_id: userId, permission })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** False when it was not granted. */
export async function deleteUserPermission(trx: Trx, userId: string, permission: string): Promise<boolean> {
  const result = await trx
    .deleteFrom('accounts_user_permission')
    .where('user_id', '=', userId)
    .where('permission', '=', permission)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
