import type { Db } from './handle.ts'

/** Asks the database whether it is there and lets us read people; one statement that reads no row. */
export async function ping(db: Db): Promise<void> {
  await db.selectFrom('accounts_user').select('id').limit(0).execute()
}
