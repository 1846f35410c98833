import type { Trx } from '../db/handle.ts'
import { deleteGrants } from './anonymise.repository.ts'

/** Takes every group and permission from a person who is anonymised. */
export async function anonymiseFor(trx: Trx, userId: string): Promise<void> {
  await deleteGrants(trx, userId)
}
