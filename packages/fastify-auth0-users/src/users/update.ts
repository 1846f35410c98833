import { record } from '../audit/audit.ts'
import type { MappedFields } from '../claims/mapping.ts'
import type { Databases } from '../db/handle.ts'
import { isUniqueViolation, reaching } from '../db/unavailable.ts'
import { toUser, type UserEntry } from './entry.ts'
import type { UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import { type UserChanges, updateFromToken } from './users.repository.ts'

/** `changed`: a claim that differs is written, unless the person edited the column here; `always`: even then. */
export type UpdatePolicy = 'changed' | 'always' | 'never'

/**
 * What a token changes in a row: only columns whose claim is there and differs, none that the
 * person edited here, and nothing at all when a newer token was applied already.
 */
export function changesOf(entry: UserEntry, identity: Identity, policy: UpdatePolicy): UserChanges | undefined {
  if (policy === 'never' || identity.issuedAt.getTime() < entry.claimsIssuedAt) return undefined
  const changes: UserChanges = {}
  const kept = policy === 'always' ? [] : entry.editedFields
  const { user } = entry
  const { email, first_name, last_name } = identity.fields
  if (!kept.includes('email')) {
    if (email !== undefined && email !== user.email) changes.email = email
    const verified = verifiedAfter(user, identity.fields)
    if (verified !== user.email_verified) changes.email_verified = verified
  }
  if (first_name !== undefined && first_name !== user.first_name && !kept.includes('first_name')) {
    changes.first_name = first_name
  }
  if (last_name !== undefined && last_name !== user.last_name && !kept.includes('last_name')) {
    changes.last_name = last_name
  }
  return Object.keys(changes).length === 0 ? undefined : changes
}

/** A new address counts as unverified until a token says otherwise. */
function verifiedAfter(user: UserEntry['user'], fields: MappedFields): boolean {
  if (fields.email_verified !== undefined) return fields.email_verified
  return fields.email === undefined || fields.email === user.email ? user.email_verified : false
}

/**
 * Writes what a token changed, in one UPDATE inside a transaction with its hooks and its audit row.
 * Answers `email_taken` when the new address belongs to somebody else: it stays as it was then,
 * the rest is written, and the person gets in.
 */
export async function applyChanges(
  databases: Databases,
  hooks: UserHooks,
  entry: UserEntry,
  identity: Identity,
  changes: UserChanges,
  origin: Origin,
): Promise<'applied' | 'email_taken'> {
  const { user } = entry
  try {
    const updated = await reaching(() =>
      databases.transaction(async (trx, hostTrx) => {
        await hooks.run('beforeUpdate', { user, changes }, { ...origin, trx: hostTrx })
        const row = await updateFromToken(trx, user.id, changes, identity.issuedAt)
        if (row === undefined) return undefined
        const actor = { actorId: user.id, method: origin.method, requestId: origin.requestId }
        await record(trx, { ...actor, userId: user.id, action: 'user.updated', fields: Object.keys(changes) })
        const after = { user: toUser(row), changes }
        await hooks.run('afterUpdate', after, { ...origin, trx: hostTrx })
        return after
      }),
    )
    if (updated !== undefined) hooks.notify('onUpdated', updated, origin)
    return 'applied'
  } catch (error) {
    if (!isUniqueViolation(error, 'user_email_key') || changes.email === undefined) throw error
    const { email: _email, email_verified: _verified, ...rest } = changes
    origin.log.warn({ code: 'A0U_EMAIL_CONFLICT', userId: user.id }, 'a changed email belongs to another account')
    if (Object.keys(rest).length > 0) await applyChanges(databases, hooks, entry, identity, rest, origin)
    return 'email_taken'
  }
}
