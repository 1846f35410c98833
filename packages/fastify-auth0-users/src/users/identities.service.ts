import { type Actor, record, recordAll } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases, HostTrx, Trx } from '../db/handle.ts'
import { reaching, sqlState } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { isStorable, isUuid } from '../lib/text.ts'
import type { DirectoryRow } from './directory/directory.repository.ts'
import type { MergedUsers, UserHooks } from './hooks.ts'
import {
  absorb,
  deleteIdentity,
  lockPeople,
  selectOldestIdentity,
  selectOwner,
  updateOwnIdentity,
} from './identities.repository.ts'
import { toUser } from './memory/entry.ts'
import type { User } from './user.ts'

/** Part of `app.auth0Users.users`: which Auth0 identities are one person. Who may call it is the host's to check. */
export interface UserIdentities {
  /**
   * Takes an identity (a `sub`) from its person; audited. If it signs in again, it is a new
   * identity: by `users.emailConflict` it is refused, linked again or a person of its own. Where it was the one in
   * `auth0_id`, the identity linked first moves there. Answers the person's id, null for an unknown identity.
   * Rejects with `A0U_IDENTITY_LAST` for the only identity of a person.
   */
  unlink(subject: string, actor: Actor): Promise<string | null>
  /**
   * Makes two people one: `into` gets the identities of `from`, its email if it has none, and the later
   * `tokens_valid_after`; it keeps its own profile, consents, grants and flags. What `from` had beside goes with
   * its row: the hook `beforeMerge` may save what should stay, and moves the host's rows. Answers the person.
   * Rejects with `A0U_USER_UNKNOWN` when either is gone, and with `A0U_MERGE_REFUSED` when they are one
   * person, when only one of them is inactive or a platform's, or when rows still refer to `from`.
   */
  merge(fromId: string, intoId: string, actor: Actor): Promise<User>
}

export function createIdentities(databases: Databases, hooks: UserHooks): UserIdentities {
  return {
    async unlink(subject, actor) {
      if (!isStorable(subject)) return null
      return await reaching(() => databases.transaction(trx => unlink(trx, subject, actor)))
    },
    async merge(fromId, intoId, actor) {
      const merged = await reaching(() =>
        databases.transaction((trx, hostTrx) => mergePeople({ trx, hostTrx, hooks, actor }, fromId, intoId)),
      )
      return merged.into
    },
  }
}

/** Rejects with `A0U_IDENTITY_LAST`. */
export async function unlink(trx: Trx, subject: string, actor: Actor): Promise<string | null> {
  const found = await selectOwner(trx, subject)
  if (found === undefined) return null
  await lockPeople(trx, [found.id])
  // Again, because it may have changed hands before the lock.
  const owner = await selectOwner(trx, subject)
  if (owner?.id !== found.id) return null
  if (owner.linked) await deleteIdentity(trx, subject)
  else await replaceOwn(trx, owner.id)
  await record(trx, { ...actor, userId: owner.id, action: 'user.unlinked', fields: [] })
  userChanged(trx, owner.id)
  return owner.id
}

async function replaceOwn(trx: Trx, userId: string): Promise<void> {
  const next = await selectOldestIdentity(trx, userId)
  if (next === undefined) throw new Auth0UsersError('A0U_IDENTITY_LAST')
  await deleteIdentity(trx, next)
  await updateOwnIdentity(trx, userId, next)
}

interface MergeContext {
  readonly trx: Trx
  readonly hostTrx: HostTrx
  readonly hooks: UserHooks
  readonly actor: Actor
}

async function mergePeople(context: MergeContext, fromId: string, intoId: string): Promise<MergedUsers> {
  const { trx, hostTrx, hooks, actor } = context
  const [from, into] = await lockBoth(trx, fromId, intoId)
  await hooks.run('beforeMerge', { from: toUser(from), into: toUser(into) }, { actor, trx: hostTrx })
  const survivor = await absorbOrRefuse(trx, from, into)
  const event = { ...actor, action: 'user.merged', fields: [] } as const
  const events = [
    { ...event, userId: fromId, detail: { into: intoId } },
    { ...event, userId: intoId, detail: { from: fromId } },
  ]
  await recordAll(trx, fromId < intoId ? events : events.reverse())
  const merged = { from: toUser(from), into: toUser(survivor) }
  for (const { id } of [from, into]) userChanged(trx, id)
  hooks.notifyCommitted(trx, 'onMerged', merged, { actor })
  return merged
}

async function lockBoth(trx: Trx, fromId: string, intoId: string): Promise<readonly [DirectoryRow, DirectoryRow]> {
  const ids = [fromId, intoId].filter(isUuid)
  const rows = await lockPeople(trx, ids)
  const [from, into] = [fromId, intoId].map(id => rows.find(row => row.id === id.toLowerCase()))
  if (from === undefined || into === undefined) throw new Auth0UsersError('A0U_USER_UNKNOWN')
  const unequal = from.is_active !== into.is_active || from.is_platform !== into.is_platform
  if (from.id === into.id || unequal) throw new Auth0UsersError('A0U_MERGE_REFUSED')
  return [from, into]
}

/** A row of the host that still refers to the person who goes (foreign_key_violation) stops the merge. */
async function absorbOrRefuse(trx: Trx, from: DirectoryRow, into: DirectoryRow): Promise<DirectoryRow> {
  try {
    return await absorb(trx, from, into)
  } catch (error) {
    throw sqlState(error) === '23503' ? new Auth0UsersError('A0U_MERGE_REFUSED', { cause: error }) : error
  }
}
