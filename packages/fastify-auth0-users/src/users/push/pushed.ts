import { record } from '../../audit/audit.ts'
import { isErased } from '../../audit/tombstone.ts'
import type { HashValues } from '../../audit/value-hashes.ts'
import type { UsernameRule } from '../../claims/username.ts'
import { savepoint, userChanged } from '../../db/after-commit.ts'
import type { HostTrx, Trx } from '../../db/handle.ts'
import { toMillis } from '../../db/time.ts'
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
import { toUser } from '../memory/entry.ts'
import { originActor, recordOutcome } from '../provisioning/audit.ts'
import { type EmailConflictPolicy, insertPerson } from '../provisioning/insert-user.ts'
import { prepareNewUser } from '../provisioning/new-user.ts'
import { changesOf, type UpdatePolicy, updateUser } from '../update.ts'
import { advanceClaims, clearLogin, selectLastChange, selectSubjects, updateFromEvent } from './pushed.repository.ts'

/** The transaction of one message. */
export interface PushContext {
  readonly trx: Trx
  readonly hostTrx: HostTrx
  readonly origin: Origin
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
  /** `email_taken`: the address belongs to another user and stays as it was; the rest was written. */
  update(context: PushContext, person: PushedPerson, identity: Identity): Promise<'done' | 'email_taken'>
  setActive(context: PushContext, person: PushedPerson, active: boolean): Promise<void>
  /** Whether Auth0 changed `is_active` last; false where the trail no longer shows it. */
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
      userChanged(trx, id)
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
      userChanged(trx, id)
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
  try {
    // A refusal undoes whatever `beforeCreate` wrote.
    return await savepoint(context.trx, () => createOrRefuse(options, context, identity))
  } catch (error) {
    if (error instanceof Refused) return error.creation
    throw error
  }
}

/** Rolls back to the savepoint. */
class Refused extends Error {
  readonly creation: PushedCreation

  constructor(creation: PushedCreation) {
    super('no user was created')
    this.creation = creation
  }
}

async function createOrRefuse(
  { hooks, username, emailConflict }: PushedPeopleOptions,
  { trx, hostTrx, origin }: PushContext,
  identity: Identity,
): Promise<PushedCreation> {
  const newcomer = { identity, origin, username: username(identity.subject) }
  const outcome = await insertPerson(trx, await prepareNewUser(hooks, newcomer, hostTrx), emailConflict)
  if (await isErased(trx, identity.subject)) throw new Refused({ kind: 'erased' })
  if (outcome.kind === 'email_conflict') throw new Refused(outcome)
  await recordOutcome(trx, outcome, origin)
  if (outcome.kind === 'created') {
    await clearLogin(trx, outcome.user.id)
    const user = Object.freeze({ ...outcome.user, last_login_at: null })
    await hooks.run('afterCreate', user, { ...hookOrigin(origin), trx: hostTrx })
    hooks.notifyCommitted(trx, 'onCreated', user, hookOrigin(origin))
  }
  return { kind: outcome.kind }
}

async function update(
  options: PushedPeopleOptions,
  context: PushContext,
  { row }: PushedPerson,
  identity: Identity,
): Promise<'done' | 'email_taken'> {
  const user = toUser(row)
  // The caller compared the times.
  const target = { user, editedFields: row.edited_fields, claimsIssuedAt: 0 }
  const changes = changesOf(target, identity, options.update)
  if (changes === undefined) {
    await advanceClaims(context.trx, row.id, identity.issuedAt)
    return 'done'
  }
  return await updateUser(options, context, { user, changes, issuedAt: identity.issuedAt }, updateFromEvent)
}

function toPerson(row: DirectoryRow): PushedPerson {
  const claimsIssuedAt = row.claims_issued_at === null ? 0 : toMillis(row.claims_issued_at)
  return { id: row.id, active: row.is_active, claimsIssuedAt, row }
}
