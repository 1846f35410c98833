import { record } from '../audit/audit.ts'
import type { HashValues, ValueOf } from '../audit/value-hashes.ts'
import type { MappedFields } from '../claims/mapping.ts'
import { afterCommit, savepoint, userChanged } from '../db/after-commit.ts'
import type { HostTrx, Trx } from '../db/handle.ts'
import { sqlState } from '../db/unavailable.ts'
import { sameAddress } from '../lib/address.ts'
import { hookOrigin, type UserHooks } from './hooks.ts'
import type { Identity, Origin } from './identity.ts'
import { toUser, type UserEntry } from './memory/entry.ts'
import { originActor } from './provisioning/audit.ts'
import type { User } from './user.ts'
import { lockMapped, type MappedRow, type UserChanges, type updateFromToken } from './users.repository.ts'

/** `changed`: a claim that differs is written, unless the person edited the column here; `always`: even then. */
export type UpdatePolicy = 'changed' | 'always' | 'never'

/** What decides which claims are written to a user's row. */
export type UpdateTarget = Pick<UserEntry, 'user' | 'editedFields' | 'claimsIssuedAt'>

/**
 * What a token changes in a row: only columns whose claim is there and differs, none that the
 * person edited here, and nothing at all when a newer token was applied already.
 */
export function changesOf(entry: UpdateTarget, identity: Identity, policy: UpdatePolicy): UserChanges | undefined {
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
  readonly hooks: UserHooks
  /** Hashes the values of changed columns for the audit trail; null for their names only. */
  readonly hashValues: HashValues | null
}

/** The transaction that a user is updated in, and what caused it. */
export interface UpdateContext {
  readonly trx: Trx
  readonly hostTrx: HostTrx
  readonly origin: Origin
}

/** A change of a user that is to be written. */
export interface UserUpdate {
  /** The row before, as `beforeUpdate` gets it. */
  readonly user: User
  readonly changes: UserChanges
  /** When the claims were issued that the changes come from. */
  readonly issuedAt: Date
}

/** The UPDATE statement; resolves to undefined where newer claims were applied already. */
export type WriteChanges = typeof updateFromToken

/**
 * Writes what a token or an event changed: the hooks, one UPDATE and its audit row, inside the caller's transaction.
 * Resolves to `email_taken` when the new address belongs to another account: the address stays as it was, the
 * rest is written.
 */
export async function updateUser(
  deps: UpdateDeps,
  context: UpdateContext,
  update: UserUpdate,
  write: WriteChanges,
): Promise<'done' | 'email_taken'> {
  const { user, changes } = update
  const run = (): Promise<void> => updateWithHooks(deps, context, update, write)
  // Of the columns written here only the email is unique, whatever an adopted table calls the constraint.
  if (changes.email === undefined) {
    await run()
    return 'done'
  }
  try {
    await savepoint(context.trx, run)
    return 'done'
  } catch (error) {
    if (sqlState(error) !== '23505') throw error
  }
  afterCommit(context.trx, () => reportTakenEmail(user.id, context.origin))
  const rest = withoutEmail(changes)
  if (Object.keys(rest).length > 0) await updateWithHooks(deps, context, { ...update, changes: rest }, write)
  return 'email_taken'
}

function reportTakenEmail(userId: string, { log }: Origin): void {
  log.warn(
    { event: 'user.email_taken', code: 'A0U_EMAIL_CONFLICT', userId },
    'a changed email belongs to another account',
  )
}

async function updateWithHooks(
  { hooks, hashValues }: UpdateDeps,
  { trx, hostTrx, origin }: UpdateContext,
  { user, changes, issuedAt }: UserUpdate,
  write: WriteChanges,
): Promise<void> {
  const inside = { ...hookOrigin(origin), trx: hostTrx }
  await hooks.run('beforeUpdate', { user, changes }, inside)
  // Only hashes need to know what exactly is overwritten.
  const before = hashValues === null ? undefined : await lockMapped(trx, user.id)
  const row = await write(trx, user.id, changes, issuedAt)
  if (row === undefined) return
  const fields = Object.keys(changes)
  const hashes = before === undefined ? undefined : hashValues?.(user.id, fields, valuesOf(before), valuesOf(row))
  const event = { userId: user.id, action: 'user.updated', fields, detail: { ...hashes } } as const
  await record(trx, { ...originActor(user.id, origin), ...event })
  userChanged(trx, user.id)
  const after = { user: toUser(row), changes }
  await hooks.run('afterUpdate', after, inside)
  hooks.notifyCommitted(trx, 'onUpdated', after, hookOrigin(origin))
}

/** What is left to write where the email belongs to another account. */
export function withoutEmail({ email: _email, email_verified: _verified, ...rest }: UserChanges): UserChanges {
  return rest
}

/** An empty text is not a value, as in the profile. */
function valuesOf(row: MappedRow): ValueOf {
  return field => {
    const value = row[field as keyof MappedRow]
    return value === null || value === '' ? undefined : value
  }
}
