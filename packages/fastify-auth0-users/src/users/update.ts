import { record } from '../audit/audit.ts'
import type { HashValues, ValueOf } from '../audit/value-hashes.ts'
import type { MappedFields } from '../claims/mapping.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { reaching, sqlState } from '../db/unavailable.ts'
import { sameAddress } from '../lib/address.ts'
import { hookOrigin, type UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import { toUser, type UserEntry } from './memory/entry.ts'
import { originActor } from './provisioning/audit.ts'
import { lockMapped, type MappedRow, type UserChanges, type UserRow, updateFromToken } from './users.repository.ts'

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
    if (email !== undefined && !sameAddress(email, user.email)) changes.email = email
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

/** Whether an email that another source tells would be written: none is there, and `changesOf` forbids none. */
export function wantsEmail(
  { user, editedFields, claimsIssuedAt }: UserEntry,
  identity: Identity,
  policy: UpdatePolicy,
): boolean {
  if (user.email !== null || identity.fields.email !== undefined || !user.is_active) return false
  const isKept = policy !== 'always' && editedFields.includes('email')
  return policy !== 'never' && !isKept && identity.issuedAt.getTime() >= claimsIssuedAt
}

/**
 * What a token says of verification counts for the address in the same token only: a token without
 * one must not verify the stored address. A new address is unverified until a token says otherwise.
 */
function verifiedAfter(user: UserEntry['user'], { email, email_verified }: MappedFields): boolean {
  if (email === undefined) return user.email_verified
  return email_verified ?? (sameAddress(email, user.email) && user.email_verified)
}

export interface UpdateDeps {
  readonly databases: Databases
  readonly hooks: UserHooks
  /** Hashes the values of changed columns for the audit trail; null for their names only. */
  readonly hashValues: HashValues | null
}

/**
 * Writes what a token changed, in one UPDATE inside a transaction with its hooks and its audit row.
 * Answers `email_taken` when the new address belongs to somebody else: it stays as it was then,
 * the rest is written, and the person gets in.
 */
export async function applyChanges(
  deps: UpdateDeps,
  entry: UserEntry,
  identity: Identity,
  changes: UserChanges,
  origin: Origin,
): Promise<'applied' | 'email_taken'> {
  const { databases, hooks } = deps
  const { user } = entry
  try {
    const updated = await reaching(() =>
      databases.transaction(async (trx, hostTrx) => {
        await hooks.run('beforeUpdate', { user, changes }, { ...hookOrigin(origin), trx: hostTrx })
        const row = await writeChanges(trx, user.id, changes, identity, origin, deps.hashValues)
        if (row === undefined) return undefined
        const after = { user: toUser(row), changes }
        await hooks.run('afterUpdate', after, { ...hookOrigin(origin), trx: hostTrx })
        return after
      }),
    )
    if (updated !== undefined) hooks.notify('onUpdated', updated, hookOrigin(origin))
    return 'applied'
  } catch (error) {
    // Of the columns written here only the email is unique, whatever an adopted table calls the constraint.
    if (sqlState(error) !== '23505' || changes.email === undefined) throw error
    const rest = withoutEmail(changes)
    origin.log.warn(
      { event: 'user.email_taken', code: 'A0U_EMAIL_CONFLICT', userId: user.id },
      'a changed email belongs to another account',
    )
    if (Object.keys(rest).length > 0) await applyChanges(deps, entry, identity, rest, origin)
    return 'email_taken'
  }
}

/** What is left to write where the email belongs to another account. */
export function withoutEmail({ email: _email, email_verified: _verified, ...rest }: UserChanges): UserChanges {
  return rest
}

/** The UPDATE and its audit row; undefined when a newer token was applied already. */
export async function writeChanges(
  trx: Trx,
  userId: string,
  changes: UserChanges,
  identity: Identity,
  origin: Origin,
  hashValues: HashValues | null,
  write: typeof updateFromToken = updateFromToken,
): Promise<UserRow | undefined> {
  // Only hashes need to know what exactly is overwritten.
  const before = hashValues === null ? undefined : await lockMapped(trx, userId)
  const after = await write(trx, userId, changes, identity.issuedAt)
  if (after === undefined) return undefined
  const fields = Object.keys(changes)
  const hashes = before === undefined ? undefined : hashValues?.(userId, fields, valuesOf(before), valuesOf(after))
  await record(trx, { ...originActor(userId, origin), userId, action: 'user.updated', fields, detail: { ...hashes } })
  return after
}

/** An empty text is no value, as in the profile. */
function valuesOf(row: MappedRow): ValueOf {
  return field => {
    const value = row[field as keyof MappedRow]
    return value === null || value === '' ? undefined : value
  }
}
