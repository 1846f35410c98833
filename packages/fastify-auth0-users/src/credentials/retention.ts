import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { deleteSessionsBefore } from './retention.repository.ts'

/** Deletes sessions that ended before `before`, one statement per batch; resolves to how many. */
export async function purgeSessions(databases: Databases, before: Date, batch: number): Promise<number> {
  let total = 0
  for (let deleted = batch; deleted === batch; ) {
    deleted = await reaching(() => deleteSessionsBefore(databases.primary, before, batch))
    total += deleted
  }
  return total
}
