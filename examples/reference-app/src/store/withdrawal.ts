import type { Kysely, Transaction } from 'kysely'
import { withdrawAsset } from '../assets/assets.service.ts'
import { notFound } from '../common/http-error.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { refusePending } from './access-requests.repository.ts'
import type { StoreDatabase } from './tables.ts'

export interface Withdrawals {
  /** Takes an asset out of the store; 404 when it is not there. Licences for it stay. */
  withdraw(id: string, by: string): Promise<void>
}

export function createWithdrawals(db: Kysely<StoreDatabase>, jobs: Jobs): Withdrawals {
  return { withdraw: (id, by) => db.transaction().execute(trx => withdraw(trx, jobs, { id, by })) }
}

/** The same in a transaction of the caller: refuses what is still requested, and notifies the requesters by a job. */
export async function withdraw(
  trx: Transaction<StoreDatabase>,
  jobs: Jobs,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<void> {
  if (!(await withdrawAsset(trx, id))) throw notFound('asset')
  for (const request_id of await refusePending(trx, id, by))
    await jobs.send('people.tell_decision', { request_id }, { trx })
  await jobs.send('platform.copy', { asset_id: id }, { trx })
}
