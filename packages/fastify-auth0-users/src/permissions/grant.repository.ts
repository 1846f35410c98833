import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'
import type { Flags } from './grant-flags.ts'

/**
 * Holds the rows of all active superusers until the transaction ends, and returns their ids. One that
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
