import { entomb } from '../audit/tombstone.ts'
import type { Trx } from '../db/handle.ts'
import { clearAccount, deleteIdentities, lockAccount } from './anonymise.repository.ts'

/** The state of an account that is to be anonymised: it is there, it was anonymised before, or there is none. */
export type AccountState = 'present' | 'anonymised' | 'unknown'

/** Takes the lock that other writers of the row queue on. */
export async function lockForAnonymising(trx: Trx, userId: string): Promise<AccountState> {
  const account = await lockAccount(trx, userId)
  if (account === undefined) return 'unknown'
  return account.anonymised_at === null ? 'present' : 'anonymised'
}

/**
 * Turns the row into a tombstone: no identity, no personal column, no flag, not active; the id stays,
 * for what refers to it. Every identity is remembered as erased, so that none is provisioned again.
 */
export async function anonymiseFor(trx: Trx, userId: string): Promise<void> {
  const account = await lockAccount(trx, userId)
  if (account === undefined) return
  const linked = await deleteIdentities(trx, userId)
  await entomb(trx, userId, account.auth0_id === null ? linked : [account.auth0_id, ...linked])
  await clearAccount(trx, userId)
}
