import { distinctUsername } from '../../claims/username.ts'
import type { Trx } from '../../db/handle.ts'
import { Auth0UsersError } from '../../errors.ts'
import { sameAddress } from '../../lib/address.ts'
import { toUser, type UserEntry } from '../memory/entry.ts'
import type { User } from '../user.ts'
import {
  type Holder,
  insertIdentity,
  insertUser,
  type NewUser,
  selectHolders,
  selectKnown,
} from '../users.repository.ts'

/** What happens when a new identity brings an email that another person has. */
export type EmailConflictPolicy = 'reject' | 'link' | 'separate'

/** How a new identity found its person. */
export type Outcome =
  | {
      readonly kind: 'created'
      readonly user: User
      /** Where the row was read after all that its transaction did; its time is not set. */
      readonly entry?: UserEntry
    }
  | { readonly kind: 'linked'; readonly userId: string }
  /** Another transaction created the row, or the link, in the meantime. */
  | { readonly kind: 'existed' }
  | { readonly kind: 'email_conflict'; readonly holderId: string }

/** Each round resolves one taken column (username, email) or finds that its holder went away. */
const maxRounds = 5

/**
 * Inserts the person, or finds out why that cannot be. An insert that meets an uncommitted row
 * waits for its transaction, so of concurrent attempts exactly one creates.
 */
export async function insertPerson(trx: Trx, wanted: NewUser, policy: EmailConflictPolicy): Promise<Outcome> {
  let candidate = wanted
  for (let round = 0; round < maxRounds; round++) {
    const row = await insertUser(trx, candidate)
    if (row !== undefined) return { kind: 'created', user: toUser(row) }
    const next = await settle(trx, candidate, policy)
    if ('kind' in next) return next
    candidate = next
  }
  throw new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { retryAfter: 1 })
}

/** Either the outcome, or the candidate for the next round. */
async function settle(trx: Trx, candidate: NewUser, policy: EmailConflictPolicy): Promise<Outcome | NewUser> {
  const known = await selectKnown(trx, [candidate.auth0_id])
  if (known.length > 0) return { kind: 'existed' }
  const holders = await selectHolders(trx, candidate)
  const holder = holders.find(({ email }) => sameAddress(email, candidate.email))
  if (holder !== undefined) return await settleEmail(trx, candidate, holder, policy)
  if (holders.length === 0) return candidate
  return { ...candidate, username: distinctUsername(candidate.username, candidate.auth0_id) }
}

async function settleEmail(
  trx: Trx,
  candidate: NewUser,
  holder: Holder,
  policy: EmailConflictPolicy,
): Promise<Outcome | NewUser> {
  if (policy === 'separate') return { ...candidate, email: null, email_verified: false }
  if (policy === 'link' && candidate.email_verified && holder.email_verified) {
    const linked = await insertIdentity(trx, candidate.auth0_id, holder.id)
    // Otherwise the holder went away, or the identity was linked meanwhile; the next round tells.
    return linked ? { kind: 'linked', userId: holder.id } : candidate
  }
  return { kind: 'email_conflict', holderId: holder.id }
}
