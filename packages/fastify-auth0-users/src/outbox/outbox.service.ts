import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Databases, TableOptions } from '../db/handle.ts'
import { type Names, tableIdentifiers } from '../db/names.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { errorLabel, handlerRetries } from './backoff.ts'
import type { DeadLetter, OutboxHandler, OutboxSubscriptionState } from './entry.ts'
import { requireName, requireSubscribeOptions, requireUserId } from './input.ts'
import { createMaintenance } from './maintenance.ts'
import type { DeadLetterPage, OutboxPosition, ResolvedOutboxOptions, SubscribeOptions, Unsubscribe } from './options.ts'
import {
  hasSubscription,
  moveCursors,
  passDeadLetter,
  reviveDeadLetter,
  selectDeadLetters,
  selectStates,
} from './subscription.repository.ts'
import { createSubscription, enableOutbox, placeFrom, removeSubscription } from './subscriptions.ts'
import { createWorker, type Worker } from './worker.ts'

/** `app.auth0Users.outbox`: committed changes, passed on at least once, in order per user. */
export interface Outbox {
  /**
   * Calls a handler for each committed change from now on, in order per user and at least once. All processes that
   * subscribe with one name share its cursor and its work. An entry whose handler rejects comes again after about a
   * second, then with growing pauses; later entries of that user wait for it. Call it once the app is ready.
   *
   * @param name letters, digits, `.`, `_` and `-`, at most 100.
   * @returns a function that ends it in this process.
   * @throws Auth0UsersError `A0U_OUTBOX_INVALID`, `A0U_DATABASE_UNAVAILABLE`.
   * @example
   * ```ts
   * await app.ready()
   * const end = await app.auth0Users.outbox.subscribe('crm', async entry => {
   *   await fetch('https://crm.example.com/changes', { method: 'POST', body: JSON.stringify(entry) })
   * })
   * app.addHook('onClose', end)
   * ```
   */
  subscribe(name: string, handler: OutboxHandler, options?: SubscribeOptions): Promise<Unsubscribe>
  /**
   * Reads a subscription again from a place on. Entries that are no longer kept do not come again.
   *
   * @throws Auth0UsersError `A0U_OUTBOX_INVALID`, `A0U_OUTBOX_UNKNOWN`, `A0U_DATABASE_UNAVAILABLE`.
   */
  replay(name: string, from: OutboxPosition): Promise<void>
  /** All subscriptions, how far they are and what failed. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
  subscriptions(): Promise<readonly OutboxSubscriptionState[]>
  /** Entries of a subscription that failed too often. Later entries of these users wait. */
  deadLetters(name: string, page?: DeadLetterPage): Promise<readonly DeadLetter[]>
  /** Tries the dead letter of a user again, then what waits behind it; resolves to false where there is none. */
  replayDeadLetter(name: string, userId: string): Promise<boolean>
  /** Passes over the dead letter of a user and goes on behind it; resolves to false where there is none. */
  skipDeadLetter(name: string, userId: string): Promise<boolean>
  /** Deletes a subscription with its cursor; the last one switches the outbox off. Resolves to false where there is none. */
  remove(name: string): Promise<boolean>
}

export interface OutboxDeps {
  readonly databases: Databases
  readonly tables: TableOptions
  readonly log: FastifyBaseLogger
  readonly options: ResolvedOutboxOptions
}

/** The outbox and its end with the app. */
export interface OutboxService extends Outbox {
  /** Switches the outbox on where the option asks for it; tries again while the database is down. Never rejects. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two looks for work. */
const poll = 500

/** Milliseconds until switching on is tried again. */
const restartPause = 5000

/** Seconds that calls of handlers may still take when the app closes. */
const closeGrace = 5

export function createOutbox({ databases, tables, log, options }: OutboxDeps): OutboxService {
  const db = databases.primary
  const names: Names = tableIdentifiers(tables)
  const owner = randomUUID()
  const workers = new Map<Worker, string>()
  const maintenance = createMaintenance({ db, names, log, retention: options.retention })
  let restart: NodeJS.Timeout | undefined

  async function requireKnown(name: string): Promise<void> {
    requireName(name)
    if (!(await reaching(() => hasSubscription(db, names, name)))) throw new Auth0UsersError('A0U_OUTBOX_UNKNOWN')
  }

  function wake(name: string): void {
    for (const [worker, of] of workers) if (of === name) worker.wake()
  }

  return {
    async start() {
      if (!options.write) return
      try {
        await maintenance.start()
        await enableOutbox({ databases, names })
      } catch (error) {
        log.warn({ event: 'outbox.failed', error: errorLabel(error) }, 'the outbox could not be switched on')
        restart = setTimeout(() => void this.start(), restartPause).unref()
      }
    },
    async subscribe(name, handler, given = {}) {
      requireName(name)
      const { kinds, concurrency, timeout, attempts, from } = requireSubscribeOptions(handler, given)
      // Partitions first: a day whose entries stand in the default partition gets none.
      await maintenance.start()
      await createSubscription({ databases, names }, name, 'handler', from)
      const retries = { ...handlerRetries, attempts }
      const worker = createWorker(
        { db, names, log, owner, poll },
        { name, handler, kinds: kinds === undefined ? null : new Set(kinds), concurrency, timeout, retries },
      )
      workers.set(worker, name)
      return async () => {
        workers.delete(worker)
        await worker.close()
      }
    },
    async replay(name, from) {
      await requireKnown(name)
      const place = await placeFrom({ databases, names }, from)
      await reaching(() => databases.transaction(trx => moveCursors(trx, names, name, place)))
      wake(name)
    },
    subscriptions: () => reaching(() => selectStates(db, names)),
    async deadLetters(name, { limit = 100, after } = {}) {
      await requireKnown(name)
      if (after !== undefined) requireUserId(after, 'after')
      const most = Math.max(1, Math.min(Math.trunc(limit), 1000))
      return await reaching(() => selectDeadLetters(db, names, name, after, most))
    },
    async replayDeadLetter(name, userId) {
      await requireKnown(name)
      requireUserId(userId, 'userId')
      const found = await reaching(() => reviveDeadLetter(db, names, name, userId))
      wake(name)
      return found
    },
    async skipDeadLetter(name, userId) {
      await requireKnown(name)
      requireUserId(userId, 'userId')
      const found = await reaching(() => passDeadLetter(db, names, name, userId))
      wake(name)
      return found
    },
    async remove(name) {
      requireName(name)
      return await removeSubscription({ databases, names }, name)
    },
    async close() {
      clearTimeout(restart)
      maintenance.close()
      const ending = Promise.all([...workers.keys()].map(worker => worker.close()))
      await Promise.race([ending, new Promise(resolve => setTimeout(resolve, closeGrace * 1000).unref())])
    },
  }
}
