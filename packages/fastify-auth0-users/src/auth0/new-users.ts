import { userChanged } from '../db/after-commit.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { createBatcher } from '../lib/batcher.ts'
import type { Origin } from '../users/identity.ts'
import { pushed } from '../users/provisioning/audit.ts'
import type { PushedPeople } from '../users/push/pushed.ts'
import { type Settle, subjectHashOf } from './apply-state.ts'
import { lockSubject, selectHeld, selectState, upsertState } from './event.repository.ts'

/** Applies the stored block or deletion state to a user created after the event arrived, in a separate transaction. */
export type SettleLate = (subject: string, origin: Omit<Origin, 'method'>) => Promise<void>

export function createSettleLate({ databases, people, settle }: NewcomerDeps): SettleLate {
  return async (subject, { claims, requestId, log }) => {
    const origin = { method: pushed, claims, requestId, log }
    const subjectHash = subjectHashOf(subject)
    await reaching(() =>
      databases.transaction(async (trx, hostTrx) => {
        const context = { trx, hostTrx, origin }
        await lockSubject(trx, subjectHash)
        const state = await selectState(trx, subjectHash)
        const person = await people.find(context, subject)
        // A message that came in between has applied it already.
        if (person === undefined || state.deactivated) return
        const settled = await settle(context, person, subject, state)
        if (settled !== state) await upsertState(trx, subjectHash, settled, null)
        userChanged(trx, person.id)
      }),
    )
  }
}

export interface NewcomerDeps {
  readonly databases: Databases
  readonly people: PushedPeople
  readonly settle: Settle
}

/** Most new users that are looked up by one query. */
const maxBatch = 200

/**
 * For people who were just made from a token: whom Auth0 blocked or deleted before their first visit here is
 * deactivated then, for their token may live on for a while. Answers what the hook `onCreated` runs; it rejects when the
 * database cannot be asked, which the hook's failure tells.
 */
export function createNewcomerCheck(
  { primary }: Pick<Databases, 'primary'>,
  settleLate: SettleLate,
): (
  user: { readonly auth0_id: string; readonly last_login_at: string | null },
  origin: Omit<Origin, 'method'>,
) => Promise<void> {
  const lookups = createBatcher<Buffer, boolean>({
    maxBatch,
    maxRunning: 1,
    run: async hashes => {
      const held = new Set((await selectHeld(primary, hashes)).map(hash => Buffer.from(hash).toString('hex')))
      return hashes.map(hash => held.has(hash.toString('hex')))
    },
  })

  return async ({ auth0_id: subject, last_login_at }, origin) => {
    // The state of a user that a message created was applied with it.
    if (last_login_at === null) return
    if (await reaching(() => lookups.add(subjectHashOf(subject)))) await settleLate(subject, origin)
  }
}
