import { record } from '../../audit/audit.ts'
import { isErased } from '../../audit/tombstone.ts'
import type { UsernameRule } from '../../claims/username.ts'
import type { Databases } from '../../db/handle.ts'
import { reaching } from '../../db/unavailable.ts'
import { Auth0UsersError } from '../../errors.ts'
import { createBatcher } from '../../lib/batcher.ts'
import { counter, type Ended, type Failure, failureOf, histogram, reported } from '../../telemetry/index.ts'
import { hookOrigin, type UserHooks } from '../hooks.ts'
import type { Complete, Identity, Origin } from '../identity.ts'
import type { UserEntry } from '../memory/entry.ts'
import { originActor, recordOutcome } from './audit.ts'
import { insertTogether } from './batch.ts'
import { type EmailConflictPolicy, insertPerson, type Outcome } from './insert-user.ts'
import { type Newcomer, prepareNewUser } from './new-user.ts'
import type { Welcome } from './welcome.ts'

export interface ProvisioningOptions {
  readonly username: UsernameRule
  readonly emailConflict: EmailConflictPolicy
  /** Asked about identities whose token has no email; null: not asked. */
  readonly complete: Complete | null
  /** What other modules do for new users, in the transaction of the insert [nothing]. */
  readonly welcome?: Welcome
}

/** Makes a person for a new identity. Safe against any number of processes doing the same. */
export interface Provisioner {
  /**
   * Afterwards the identity has a user; resolves to the entry, without a time, where the user need not be read. New
   * people of one turn of the event loop, and those that come while others are being made, are made together. Rejects with `A0U_EMAIL_CONFLICT`,
   * `A0U_USER_ERASED`, `A0U_DATABASE_UNAVAILABLE`, `A0U_HOOK_FAILED` or the 4xx error that a hook threw; no person was
   * written then, and the others of the batch are not touched by it.
   */
  provision(identity: Identity, origin: Origin): Promise<UserEntry | undefined>
}

const countOutcome = counter('users.provisioned')
const measureOutcome = histogram('users.provision.duration')

/** Conflicts audited lately, so that a client that tries again and again fills no table. */
const maxAudited = 1000

/** Most people of one statement. Larger ones gain nothing and hold their locks for longer. */
const maxBatch = 200

/** Most batches, and most transactions of one person, at a time; together they fit a pool of 10. */
const maxBatches = 2
const maxAlone = 6

export function createProvisioner(databases: Databases, hooks: UserHooks, options: ProvisioningOptions): Provisioner {
  const audited = new Set<string>()
  const alone = createBatcher<Newcomer, Outcome>({
    maxBatch: 1,
    maxRunning: maxAlone,
    run: async newcomers => await Promise.all(newcomers.map(attempt)),
  })
  const together = createBatcher<Newcomer, Outcome>({
    maxBatch,
    maxRunning: maxBatches,
    run: newcomers => insertTogether({ databases, hooks, alone: alone.add, welcome: options.welcome }, newcomers),
  })

  async function attempt(newcomer: Newcomer): Promise<Outcome> {
    const { identity, origin } = newcomer
    return await databases.transaction(async (trx, hostTrx) => {
      const wanted = await prepareNewUser(hooks, newcomer, hostTrx)
      const outcome = await insertPerson(trx, wanted, options.emailConflict)
      // After the insert, which may have waited for an anonymisation to commit.
      if (await isErased(trx, identity.subject)) throw new Auth0UsersError('A0U_USER_ERASED')
      if (outcome.kind === 'email_conflict') throw new EmailTaken(outcome.holderId)
      await recordOutcome(trx, outcome, origin)
      if (outcome.kind === 'created') {
        const actor = originActor(outcome.user.id, origin)
        await options.welcome?.(trx, [{ ...outcome.user, actor }])
        await hooks.run('afterCreate', outcome.user, { ...hookOrigin(origin), trx: hostTrx })
        hooks.notifyCommitted(trx, 'onCreated', outcome.user, hookOrigin(origin))
      }
      return outcome
    })
  }

  /** Hooks in the transaction may refuse one person, so with them everybody has a transaction of their own. */
  function insert(newcomer: Newcomer): Promise<Outcome> {
    const hooked = hooks.has('beforeCreate') || hooks.has('afterCreate')
    return hooked ? alone.add(newcomer) : together.add(newcomer)
  }

  async function refuse(subject: string, holderId: string, origin: Origin): Promise<never> {
    if (!audited.has(subject)) {
      if (audited.size >= maxAudited) audited.clear()
      audited.add(subject)
      const event = { userId: holderId, action: 'user.email_conflict', fields: ['email'] } as const
      await databases.transaction(trx => record(trx, { ...originActor(null, origin), ...event }))
    }
    throw new Auth0UsersError('A0U_EMAIL_CONFLICT')
  }

  async function provision(claimed: Identity, origin: Origin): Promise<Outcome> {
    const isComplete = options.complete === null || claimed.fields.email !== undefined
    const identity = isComplete ? claimed : await options.complete(claimed, origin)
    const username = options.username(identity.subject)
    try {
      return await reaching(() => insert({ identity, origin, username }))
    } catch (error) {
      if (error instanceof EmailTaken) await reaching(() => refuse(identity.subject, error.holderId, origin))
      throw error
    }
  }

  return {
    async provision(identity, origin) {
      const outcome = await reported('users.provision', {}, report, () => provision(identity, origin))
      return outcome.kind === 'created' ? outcome.entry : undefined
    },
  }
}

function report(end: Ended<Outcome>, seconds: number): { outcome: Outcome['kind'] | 'erased' | Failure } {
  const outcome = 'error' in end ? outcomeOf(end.error) : end.answer.kind
  countOutcome({ outcome })
  measureOutcome(seconds, { outcome })
  return { outcome }
}

function outcomeOf(error: unknown): 'email_conflict' | 'erased' | Failure {
  const code = error instanceof Auth0UsersError ? error.code : undefined
  if (code === 'A0U_EMAIL_CONFLICT') return 'email_conflict'
  return code === 'A0U_USER_ERASED' ? 'erased' : failureOf(error)
}

/** Rolls the transaction back, whatever `beforeCreate` wrote in it. */
class EmailTaken extends Error {
  readonly holderId: string

  constructor(holderId: string) {
    super('the email belongs to another person')
    this.holderId = holderId
  }
}
