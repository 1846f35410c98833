import { type Actor, record } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { eraseFor as eraseProfile } from '../profile/profile.service.ts'
import { withSpan } from '../telemetry/index.ts'
import { withLivingUser } from '../users/living.ts'
import { eraseFor as withdrawConsents } from './consent.service.ts'
import { runContributor } from './contributors.ts'
import type { EraseContributor } from './options.ts'

export interface EraseDeps {
  readonly databases: Databases
  readonly erasers: ReadonlyMap<string, EraseContributor>
}

/**
 * Erases a person's profile data, consents and whatever the host's contributors erase, in one
 * transaction; the identity (`sub`, username, email) stays. Idempotent. The audit row names the
 * fields, never what they held. Rejects with `A0U_DATABASE_UNAVAILABLE` or `A0U_HOOK_FAILED`, and
 * then nothing is erased.
 */
export async function erasePerson(userId: string, actor: Actor, deps: EraseDeps): Promise<void> {
  await withSpan('privacy.erase', {}, async () => {
    await reaching(() =>
      deps.databases.transaction((trx, hostTrx) =>
        withLivingUser(trx, { userId, actor, creates: 'data' }, async () => {
          const fields = await eraseProfile(trx, userId)
          const withdrawn = await withdrawConsents(trx, userId, actor)
          for (const contributor of deps.erasers.values()) await runContributor(contributor, hostTrx, userId, 'profile')
          // What contributors erased is not known here, so with them every erasure is on record.
          if (fields.length === 0 && withdrawn === 0 && deps.erasers.size === 0) return
          await record(trx, { ...actor, userId, action: 'profile.erased', fields })
          userChanged(trx, userId)
        }),
      ),
    )
  })
}
