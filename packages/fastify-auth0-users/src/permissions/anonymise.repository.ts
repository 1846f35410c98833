import type { Trx } from '../db/handle.ts'

export async function deleteGrants(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('accounts_user_group').where('user_id', '=', userId).execute()
  await trx.deleteFrom('accounts_user_permission').where('user_id', '=', userId).execute()
}
