import { type Actor, record } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, HostTrx, Trx } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { withSpan } from '../telemetry/index.ts'
import { lockForAnonymising } from '../users/anonymise.ts'
import { eraseFor as withdrawConsents } from './consent.service.ts'
import { runContributor } from './contributors.ts'
import type { PrivacyParts } from './modules.ts'
import type { EraseContributor } from './options.ts'

export interface AnonymiseDeps {
  readonly databases: Databases
  readonly parts: PrivacyParts
  readonly erasers: ReadonlyMap<string, EraseContributor>
}

/** `already`: it was done before, and nothing was written now. `unknown`: there is no such row. */
export type AnonymiseResult = 'anonymised' | 'already' | 'unknown'

/** What the audit trail names; the same for everybody, so that it says nothing of the person. */
const clearedFields = ['auth0_id', 'username', 'email', 'first_name', 'last_name', 'profile_data']

/**
 * Erases all that leads to a person, in one transaction: identities, personal columns, grants, what
 * is personal in consents, and what the host's contributors erase. The row stays as a tombstone
 * for what refers to its id, and a token that is still valid is refused. Idempotent. Rejects with
 * `A0U_DATABASE_UNAVAILABLE` or `A0U_HOOK_FAILED`, and then nothing is erased.
 */
export async function anonymisePerson(userId: string, actor: Actor, deps: AnonymiseDeps): Promise<AnonymiseResult> {
  return await withSpan('privacy.anonymise', {}, async () => {
    return await reaching(() =>
      deps.databases.transaction((trx, hostTrx) => anonymise(trx, hostTrx, userId, actor, deps)),
    )
  })
}

async function anonymise(
  trx: Trx,
  hostTrx: HostTrx,
  userId: string,
  actor: Actor,
  { erasers, parts }: AnonymiseDeps,
): Promise<AnonymiseResult> {
  const state = await lockForAnonymising(trx, userId)
  if (state !== 'present') return state === 'anonymised' ? 'already' : 'unknown'
  await withdrawConsents(trx, userId, actor)
  for (const contributor of erasers.values()) await runContributor(contributor, hostTrx, userId, 'person')
  for (const part of Object.values(parts)) await part.anonymiseFor?.(trx, userId)
  await record(trx, { ...actor, userId, action: 'user.anonymised', fields: clearedFields })
  userChanged(trx, userId)
  return 'anonymised'
}
