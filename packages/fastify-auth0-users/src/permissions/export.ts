import type { DbOrTrx } from '../db/handle.ts'
import { selectGroupNames, selectPermissions } from './held.repository.ts'

/** What a person was granted, for the export. */
export interface ExportedGrants {
  readonly groups: readonly string[]
  /** Granted to the person and those of the groups. */
  readonly permissions: readonly string[]
}

/** All that this module holds on a user, for the export. */
export async function exportFor(db: DbOrTrx, userId: string): Promise<ExportedGrants> {
  return { groups: await selectGroupNames(db, userId), permissions: await selectPermissions(db, userId) }
}
