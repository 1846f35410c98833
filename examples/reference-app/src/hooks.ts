import type { HostTrx, TrxHookContext, TrxMergeContext, User } from 'fastify-auth0-users'
import type { Jobs } from './jobs/jobs.ts'
import { moveMessages } from './jobs/outbox.repository.ts'
import { moveLicences } from './licences/licences.repository.ts'
import { moveRequests } from './store/access-requests.repository.ts'

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
  await moveRequests(trx, from, into)
  await moveLicences(trx, from, into)
  await moveMessages(trx, from, into)
}
