import type { DbOrTrx } from '../db/handle.ts'
import { selectAccount } from './export.repository.ts'

/** All that this module holds on a user, for the export; null when the row is gone. */
export async function exportFor(db: DbOrTrx, userId: string): Promise<Record<string, unknown> | null> {
  return await selectAccount(db, userId)
}
