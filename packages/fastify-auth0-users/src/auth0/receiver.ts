import type { FastifyBaseLogger } from 'fastify'
import type { Actor } from '../audit/event.ts'
import { userChanged } from '../db/after-commit.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { createBatcher } from '../lib/batcher.ts'
import type { Clock } from '../lib/clock.ts'
import { counter } from '../telemetry/index.ts'
import type { VerifiedClaims } from '../token/types.ts'
import { pushed } from '../users/provisioning/audit.ts'
import type { PushContext } from '../users/push/pushed.ts'
import { subjectHashOf } from './apply-state.ts'
import { lockSubject, selectOutcome, selectState, upsertEvent, upsertState } from './event.repository.ts'
import type { Message } from './message.ts'
import type { SettleLate } from './new-users.ts'
import type { ResolvedAuth0Events } from './options.ts'
import { createTidy } from './retention.ts'
import { type Applied, createStatements, type EventOutcome, type StatementDeps } from './statements.ts'
import { unheardOf } from './subject-state.ts'

/** What became of the messages of one request; `ignored` ones say nothing that counts here. */
export interface Receipt {
  readonly applied: number
  readonly repeated: number
  readonly outdated: number
  readonly ignored: number
}

export interface Receiver {
  /**
   * Takes messages, each in a transaction of its own, so that what failed can be sent again with what did not.
   * Rejects with `A0U_EVENT_TIME` before any is taken; after all others were, with `A0U_EMAIL_CONFLICT` or
   * what a hook threw; and with `A0U_DATABASE_UNAVAILABLE` at once.
   */
  take(
    messages: readonly Message[],
    request: { readonly id: string; readonly log: FastifyBaseLogger },
  ): Promise<Receipt>
}

export interface ReceiverDeps extends StatementDeps {
  readonly databases: Databases
  readonly options: ResolvedAuth0Events
  /** In whose name the claims stand that hooks get: the first configured issuer. */
  readonly issuer: { readonly issuer: string; readonly audience: readonly string[] }
  readonly erase: (userId: string, actor: Actor) => Promise<unknown>
  readonly settleLate: SettleLate
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** How far in the future a message may lie: clocks differ, in milliseconds. */
const tolerance = 60_000

/** Messages taken at one time in a process, so that a burst leaves connections to requests. */
const maxRunning = 3

/** How long what was taken is remembered beyond its age, in milliseconds. */
const margin = 86_400_000

const countEvent = counter('auth0.events')

interface Job {
  readonly message: Message
  readonly request: { readonly id: string; readonly log: FastifyBaseLogger }
}

type Outcome = EventOutcome | 'repeated'

export function createReceiver(deps: ReceiverDeps): Receiver {
  const { databases, options, now } = deps
  const apply = createStatements(deps)
  const lifetime = options.maxAge * 1000 + margin
  const tidy = createTidy(databases, now)

  const jobs = createBatcher<Job, Outcome>({
    maxBatch: 1,
    maxRunning,
    run: async batch => await Promise.all(batch.map(job => reaching(() => takeOne(job)))),
  })

  async function takeOne({ message, request }: Job): Promise<Outcome> {
    if (message.time < now() - options.maxAge * 1000) return 'outdated'
    const told = { claims: claimsOf(message), requestId: request.id, log: request.log }
    const applied = await databases.transaction(async (trx, hostTrx) => {
      const origin = { method: pushed, ...told }
      return await applyOnce({ trx, hostTrx, origin }, message)
    })
    if (applied === 'repeated') return applied
    const { userId, erase, outcome, state } = applied
    // A user created while it was written saw nothing of it, and was not seen.
    if (userId === null && (state.blocked || state.deleted !== null)) await deps.settleLate(message.subject, told)
    if (erase === true && userId !== null) await eraseAndRecord(message, userId, request.id)
    return outcome
  }

  async function applyOnce(context: PushContext, message: Message): Promise<Applied | 'repeated'> {
    const { trx } = context
    const subjectHash = subjectHashOf(message.subject)
    await lockSubject(trx, subjectHash)
    const before = await selectOutcome(trx, message.idHash)
    if (before !== undefined && before !== 'email_conflict') return 'repeated'
    const state = await selectState(trx, subjectHash)
    const applied = await apply(context, message, state, before !== undefined)
    if (applied.userId !== null) userChanged(trx, applied.userId)
    if (applied.state !== unheardOf) await upsertState(trx, subjectHash, applied.state, expiryOf(applied))
    // An erasure comes after the commit; until it was done, the message counts as not taken.
    if (applied.erase !== true) await upsertEvent(trx, message.idHash, applied.outcome, new Date(now() + lifetime))
    return applied
  }

  async function eraseAndRecord({ idHash }: Message, userId: string, requestId: string): Promise<void> {
    await deps.erase(userId, { actorId: null, method: pushed, requestId })
    await databases.transaction(trx => upsertEvent(trx, idHash, 'applied', new Date(now() + lifetime)))
  }

  /** A state that refuses a user is kept for as long as it applies. */
  function expiryOf({ state, userId }: Applied): Date | null {
    const holds = state.deactivated || (state.blocked && userId !== null)
    return holds ? null : new Date(now() + lifetime)
  }

  /** As a token would tell it, so that mapping and hooks need not know the difference. */
  function claimsOf({ statement, subject, time }: Message): VerifiedClaims {
    const { issuer: iss, audience: aud } = deps.issuer
    const told = statement.kind === 'person' ? statement.claims : {}
    const iat = Math.floor(time / 1000)
    return Object.freeze({ ...told, iss, sub: subject, aud, iat, exp: iat })
  }

  /** Answers what went wrong, for the sender to hear when the others were taken. */
  async function takeCounted(job: Job, receipt: MutableReceipt): Promise<unknown> {
    try {
      const outcome = await jobs.add(job)
      countEvent({ outcome })
      if (outcome === 'email_conflict') return new Auth0UsersError('A0U_EMAIL_CONFLICT')
      receipt[outcome]++
      return undefined
    } catch (error) {
      countEvent({ outcome: 'failed' })
      return error
    }
  }

  return {
    async take(messages, request) {
      refuseFuture(messages, now())
      const receipt = { applied: 0, repeated: 0, outdated: 0, ignored: 0 }
      let failure: unknown
      for (const message of messages) {
        const error = await takeCounted({ message, request }, receipt)
        failure ??= error
        if (isOutage(error)) break
      }
      if (failure !== undefined) throw failure
      await tidy(request.log)
      return receipt
    },
  }
}

type MutableReceipt = { -readonly [Name in keyof Receipt]: Receipt[Name] }

function refuseFuture(messages: readonly Message[], now: number): void {
  if (messages.every(({ time }) => time <= now + tolerance)) return
  throw new Auth0UsersError('A0U_EVENT_TIME')
}

function isOutage(error: unknown): boolean {
  return error instanceof Auth0UsersError && error.code === 'A0U_DATABASE_UNAVAILABLE'
}
