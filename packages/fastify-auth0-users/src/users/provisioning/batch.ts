import { recordAll } from '../../audit/audit.ts'
import { erasedAmong } from '../../audit/tombstone.ts'
import type { Databases, Trx } from '../../db/handle.ts'
import { isUnavailable, sqlState } from '../../db/unavailable.ts'
import { Auth0UsersError } from '../../errors.ts'
import { withSpan } from '../../telemetry/index.ts'
import { hookOrigin, type UserHooks } from '../hooks.ts'
import { selectByIdentities } from '../memory/by-identity.repository.ts'
import { toEntry, type UserEntry } from '../memory/entry.ts'
import { insertUsers, type MadeUser, runDeferred, selectKnown } from '../users.repository.ts'
import { createdEvent, originActor } from './audit.ts'
import type { Outcome } from './insert-user.ts'
import { draftOf, type Newcomer, newUserOf } from './new-user.ts'
import type { Welcome } from './welcome.ts'

/** What one statement did for a batch. */
interface Inserted {
  readonly made: ReadonlyMap<string, UserEntry>
  /** Identities that have a user by now, created by another transaction. */
  readonly known: ReadonlySet<string>
}

export interface BatchDeps {
  readonly databases: Databases
  readonly hooks: UserHooks
  /** Creates one user in a transaction of its own. */
  readonly alone: (newcomer: Newcomer) => Promise<Outcome>
  readonly welcome: Welcome | undefined
}

/**
 * Creates all new users in one transaction: one INSERT, one statement for the audit trail, and one that reads them as
 * triggers of the host left them, so that no row has to be read again. Who is
 * left over (a taken email or username) is tried `alone`; so is everybody when the statement fails
 * for another reason than an unreachable database, so that one person's fault stays their own.
 */
export async function insertTogether(
  deps: BatchDeps,
  newcomers: readonly Newcomer[],
): Promise<readonly (Outcome | Promise<Outcome>)[]> {
  const inserted = await withSpan(
    'users.provision_batch',
    { 'db.system.name': 'postgresql', 'batch.size': newcomers.length },
    () => tryInsert(deps, newcomers),
  )
  return newcomers.map(newcomer => {
    const { subject } = newcomer.identity
    const entry = inserted?.made.get(subject)
    if (entry !== undefined) return { kind: 'created', user: entry.user, entry }
    return inserted?.known.has(subject) === true ? { kind: 'existed' } : deps.alone(newcomer)
  })
}

async function tryInsert(
  { databases, hooks, welcome }: BatchDeps,
  newcomers: readonly Newcomer[],
): Promise<Inserted | undefined> {
  try {
    return await databases.transaction(trx => insertAll(trx, hooks, newcomers, welcome))
  } catch (error) {
    if (isUnavailable(error) && !isContention(error)) throw error
    // Alone each of them meets the same fault, or none; the person whose fault it is gets the error.
    return undefined
  }
}

/** A deadlock or a serialization failure: batches with crossed emails; alone no user holds what another waits for. */
function isContention(error: unknown): boolean {
  return ['40P01', '40001'].includes(sqlState(error) ?? '')
}

async function insertAll(
  trx: Trx,
  hooks: UserHooks,
  newcomers: readonly Newcomer[],
  welcome: Welcome | undefined,
): Promise<Inserted> {
  // Every process inserts in the same order, so that batches with common members wait rather than deadlock.
  const sorted = newcomers.toSorted((a, b) => (a.identity.subject < b.identity.subject ? -1 : 1))
  const wanted = sorted.map(newcomer => newUserOf(newcomer, draftOf(newcomer.identity)))
  const made = new Map((await insertUsers(trx, wanted)).map(row => [row.auth0_id ?? '', row]))
  // After the insert, which may have waited for an anonymisation to commit; alone each gets its own outcome.
  if ((await erasedAmong(trx, [...made.keys()])).size > 0) throw new Auth0UsersError('A0U_USER_ERASED')
  const events = sorted.flatMap(({ identity, origin }) => {
    const row = made.get(identity.subject)
    return row === undefined ? [] : [createdEvent(row, origin)]
  })
  await recordAll(trx, events)
  await welcome?.(
    trx,
    sorted.flatMap(({ identity, origin }) => {
      const row = made.get(identity.subject)
      if (row === undefined) return []
      const email_verified = identity.fields.email_verified === true
      return [{ id: row.id, email: row.email, email_verified, actor: originActor(row.id, origin) }]
    }),
  )
  const others = wanted.map(({ auth0_id }) => auth0_id).filter(subject => !made.has(subject))
  const known = new Set(others.length === 0 ? [] : await selectKnown(trx, others))
  const entries = await entriesOf(trx, made)
  for (const { identity, origin } of newcomers) {
    const entry = entries.get(identity.subject)
    if (entry !== undefined) hooks.notifyCommitted(trx, 'onCreated', entry.user, hookOrigin(origin))
  }
  return { made: entries, known }
}

/**
 * The users that were created, with what triggers added. Throws when an identity belongs to another user by now, which
 * a link that was committed meanwhile does.
 */
async function entriesOf(trx: Trx, made: ReadonlyMap<string, MadeUser>): Promise<ReadonlyMap<string, UserEntry>> {
  if (made.size === 0) return new Map()
  await runDeferred(trx)
  const rows = await selectByIdentities(trx, [...made.keys()])
  return new Map(
    Array.from(made, ([subject, { id }]) => {
      const row = rows.get(subject)
      if (row?.id !== id) throw new Error('a new person is not the one behind their identity')
      return [subject, toEntry(row, 0)]
    }),
  )
}
