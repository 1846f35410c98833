import { record } from '../../audit/audit.ts'
import { isErased } from '../../audit/tombstone.ts'
import type { HashValues } from '../../audit/value-hashes.ts'
import type { UsernameRule } from '../../claims/username.ts'
import type { HostTrx, Trx } from '../../db/handle.ts'
import { toMillis } from '../../db/time.ts'
import { sqlState } from '../../db/unavailable.ts'
import { Auth0UsersError } from '../../errors.ts'
import {
  type DirectoryRow,
  selectBySubject,
  updateActive,
  updateTokensValidAfter,
} from '../directory/directory.repository.ts'
import { hookOrigin, type UserHooks } from '../hooks.ts'
import { lockPeople, selectOwner } from '../identities.repository.ts'
import { unlink } from '../identities.service.ts'
import type { Identity, Origin } from '../identity.ts'
import { toEntry, toUser } from '../memory/entry.ts'
import { originActor, recordOutcome } from '../provisioning/audit.ts'
import { type EmailConflictPolicy, insertPerson } from '../provisioning/insert-user.ts'
import { prepareNewUser } from '../provisioning/new-user.ts'
import { changesOf, type UpdatePolicy, withoutEmail, writeChanges } from '../update.ts'
import type { UserChanges } from '../users.repository.ts'
import {
  advanceClaims,
  clearLogin,
  rollbackToSavepoint,
  selectLastChange,
  selectSubjects,
  setSavepoint,
  updateFromEvent,
} from './pushed.repository.ts'

/** The transaction of one message, with what is to be done once it was committed. */
export interface PushContext {
  readonly trx: Trx
  readonly hostTrx: HostTrx
  readonly origin: Origin
  readonly afterCommit: (() => void)[]
}

/** A person whose row is locked until the end of the transaction. */
export interface PushedPerson {
  readonly id: string
  readonly active: boolean
  /** `iat` of the claims that were applied last, in milliseconds; 0 for none. */
  readonly claimsIssuedAt: number
  readonly row: DirectoryRow
}

export type PushedCreation =
  | { readonly kind: 'created' | 'linked' | 'existed' | 'erased' }
  | { readonly kind: 'email_conflict'; readonly holderId: string }

/**
 * What Auth0 tells of people without a request of theirs, inside a transaction of the caller's: the same
 * mapping, policies, hooks and trail as at a sign-in. Whose message is newer is the caller's to know.
 */
export interface PushedPeople {
  /** By any of the person's identities. */
  find(context: PushContext, subject: string): Promise<PushedPerson | undefined>
  create(context: PushContext, identity: Identity): Promise<PushedCreation>
  /** `email_taken`: the address belongs to somebody else and stays as it was; the rest was written. */
  update(context: PushContext, person: PushedPerson, identity: Identity): Promise<'done' | 'email_taken'>
  setActive(context: PushContext, person: PushedPerson, active: boolean): Promise<void>
  /** Whether whoever changed `is_active` last was Auth0; not where the trail no longer tells. */
  wasDeactivatedByPush(context: PushContext, person: PushedPerson): Promise<boolean>
  /** Refuses the access tokens that were issued before; never moves the moment back. */
  revokeTokens(context: PushContext, person: PushedPerson, before: Date): Promise<void>
  /** Takes an identity from a person who has another one; false for the only one. */
  unlink(context: PushContext, subject: string): Promise<boolean>
  subjects(context: PushContext, person: PushedPerson): Promise<string[]>
}

export interface PushedPeopleOptions {
  readonly hooks: UserHooks
  readonly username: UsernameRule
  readonly emailConflict: EmailConflictPolicy
  readonly update: UpdatePolicy
  readonly hashValues: HashValues | null
}

export function createPushedPeople(options: PushedPeopleOptions): PushedPeople {
  return {
    create: (context, identity) => create(options, context, identity),
    update: (context, person, identity) => update(options, context, person, identity),
    async find({ trx }, subject) {
      const found = await selectBySubject(trx, subject)
      if (found === undefined) return undefined
      const [row] = await lockPeople(trx, [found.id])
      // Again, because it may have changed hands before the lock.
      const owner = await selectOwner(trx, subject)
      return row === undefined || owner?.id !== row.id ? undefined : toPerson(row)
    },
    async setActive({ trx, origin }, { id }, active) {
      if ((await updateActive(trx, id, active)) === undefined) return
      const action = active ? 'user.reactivated' : 'user.deactivated'
      await record(trx, { ...originActor(null, origin), userId: id, action, fields: ['is_active'] })
    },
    async wasDeactivatedByPush({ trx, origin }, { id }) {
      return (await selectLastChange(trx, id, 'is_active'))?.method === origin.method
    },
    async revokeTokens({ trx, origin }, { id, row }, before) {
      if (row.tokens_valid_after !== null && toMillis(row.tokens_valid_after) >= before.getTime()) return
      await updateTokensValidAfter(trx, id, before)
      await record(trx, {
        ...originActor(null, origin),
        userId: id,
        action: 'user.signed_out',
        fields: ['tokens_valid_after'],
      })
    },
    async unlink({ trx, origin }, subject) {
      try {
        return (await unlink(trx, subject, originActor(null, origin))) !== null
      } catch (error) {
        if (error instanceof Auth0UsersError && error.code === 'A0U_IDENTITY_LAST') return false
        throw error
      }
    },
    subjects: ({ trx }, { id }) => selectSubjects(trx, id),
  }
}

async function create(options: PushedPeopleOptions, context: PushContext, identity: Identity): Promise<PushedCreation> {
  const { hooks } = options
  const { trx, hostTrx, origin } = context
  const newcomer = { identity, origin, username: options.username(identity.subject) }
  await setSavepoint(trx)
  const outcome = await insertPerson(trx, await prepareNewUser(hooks, newcomer, hostTrx), options.emailConflict)
  const erased = await isErased(trx, identity.subject)
  if (erased || outcome.kind === 'email_conflict') {
    // With whatever `beforeCreate` wrote.
    await rollbackToSavepoint(trx)
    return erased ? { kind: 'erased' } : (outcome as PushedCreation)
  }
  await recordOutcome(trx, outcome, origin)
  if (outcome.kind === 'created') {
    await clearLogin(trx, outcome.user.id)
    const user = Object.freeze({ ...outcome.user, last_login_at: null })
    await hooks.run('afterCreate', user, { ...hookOrigin(origin), trx: hostTrx })
    context.afterCommit.push(() => hooks.notify('onCreated', user, hookOrigin(origin)))
  }
  return { kind: outcome.kind }
}

async function update(
  options: PushedPeopleOptions,
  context: PushContext,
  { row }: PushedPerson,
  identity: Identity,
): Promise<'done' | 'email_taken'> {
  const { trx } = context
  // The caller compared the times.
  const entry = { ...toEntry({ ...row, permissions: [] }, 0), claimsIssuedAt: 0 }
  const changes = changesOf(entry, identity, options.update)
  if (changes === undefined) {
    await advanceClaims(trx, row.id, identity.issuedAt)
    return 'done'
  }
  await setSavepoint(trx)
  try {
    await write(options, context, row, identity, changes)
    return 'done'
  } catch (error) {
    // Of the columns written here only the email is unique.
    if (sqlState(error) !== '23505' || changes.email === undefined) throw error
    await rollbackToSavepoint(trx)
    const rest = withoutEmail(changes)
    context.origin.log.warn(
      { event: 'user.email_taken', code: 'A0U_EMAIL_CONFLICT', userId: row.id },
      'a pushed email belongs to another account',
    )
    if (Object.keys(rest).length > 0) await write(options, context, row, identity, rest)
    return 'email_taken'
  }
}

async function write(
  { hooks, hashValues }: PushedPeopleOptions,
  context: PushContext,
  row: DirectoryRow,
  identity: Identity,
  changes: UserChanges,
): Promise<void> {
  const { trx, hostTrx, origin } = context
  const inside = { ...hookOrigin(origin), trx: hostTrx }
  await hooks.run('beforeUpdate', { user: toUser(row), changes }, inside)
  const after = await writeChanges(trx, row.id, changes, identity, origin, hashValues, updateFromEvent)
  if (after === undefined) return
  const changed = { user: toUser(after), changes }
  await hooks.run('afterUpdate', changed, inside)
  context.afterCommit.push(() => hooks.notify('onUpdated', changed, hookOrigin(origin)))
}

function toPerson(row: DirectoryRow): PushedPerson {
  const { claimsIssuedAt } = toEntry({ ...row, permissions: [] }, 0)
  return { id: row.id, active: row.is_active, claimsIssuedAt, row }
}
