import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { deleteOldest } from './retention.repository.ts'

/** Entries younger than this are refused by the database, in seconds. */
export const minAuditAge = 86_400

/**
 * Deletes audit entries from before `cutoff`, at least a day ago, in batches of a transaction each. What remains can
 * still be verified: the head of each chain keeps the hash of the last entry that went.
 *
 * @param batch how many entries a transaction looks at.
 * @returns how many entries were deleted.
 */
export async function purgeAudit(databases: Databases, cutoff: Date, batch: number): Promise<number> {
  let total = 0
  let after: string | null = '0'
  while (after !== null) {
    const from: string = after
    const step = await reaching(() => databases.transaction(trx => deleteOldest(trx, cutoff, from, batch)))
    total += step.deleted
    after = step.next
  }
  return total
}
