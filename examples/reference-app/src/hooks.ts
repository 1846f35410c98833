import type { HostTrx, TrxHookContext, TrxMergeContext, User } from 'fastify-auth0-users'
import { moveAssets } from './assets/personal-data.ts'
import type { Jobs } from './jobs/jobs.ts'
import { moveLicences } from './licences/personal-data.ts'
import { moveMessages } from './messages/personal-data.ts'
import { moveRequests } from './store/personal-data.ts'

/** What this app does when people come into being, and when two of them turn out to be one. */
export function createHooks(jobs: Jobs) {
  return {
    /** In the transaction that makes the person: no person without a welcome, no welcome without a person. */
    afterCreate: (user: User, { trx }: TrxHookContext): Promise<void> =>
      jobs.send('people.welcome', { user_id: user.id }, { trx }),
    beforeMerge: async (
      { from, into }: { readonly from: User; readonly into: User },
      { trx }: TrxMergeContext,
    ): Promise<void> => moveAll(trx, from.id, into.id),
  }
}

async function moveAll(trx: HostTrx, from: string, into: string): Promise<void> {
  await moveAssets(trx, from, into)
  await moveRequests(trx, from, into)
  await moveLicences(trx, from, into)
  await moveMessages(trx, from, into)
}
