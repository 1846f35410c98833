import type { Transaction } from 'kysely'
import { notFound } from '../common/http-error.ts'
import type { DefaultDatabase } from '../databases/tables.ts'
import type { Jobs } from '../jobs/jobs.ts'
import { withdrawAsset } from './assets.repository.ts'

/** Takes an asset out of the store, for staff and for the platform's side alike, and tells whoever asked for it. */
export async function withdraw(
  trx: Transaction<DefaultDatabase>,
  jobs: Jobs,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<void> {
  const refused = await withdrawAsset(trx, id, by)
  if (refused === undefined) throw notFound('asset')
  for (const request_id of refused) await jobs.send('people.tell_decision', { request_id }, { trx })
  await jobs.send('platform.copy', { asset_id: id }, { trx })
}
