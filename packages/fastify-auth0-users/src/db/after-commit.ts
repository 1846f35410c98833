import type { FastifyBaseLogger } from 'fastify'
import { type QueryExecutorProvider, sql } from 'kysely'

/** Where a transaction writes lines once it is committed. */
export type CommitLog = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>

/** Runs after a commit; its result is not waited for. A throw or a rejection is logged and stops nothing else. */
export type AfterCommit = (log: CommitLog) => unknown

/** What a transaction of `Databases.transaction` carries with it. */
export interface TransactionState {
  /** In the order in which they run. */
  readonly pending: AfterCommit[]
  /** Called after the commit with the id of each changed user. */
  readonly onUserChanged: (userId: string) => void
  /** Savepoints made so far; each gets a name of its own. */
  savepoints: number
}

const state: unique symbol = Symbol('fastify-auth0-users.transaction')

/** A transaction that was begun by `Databases.transaction`. */
export interface Stateful {
  readonly [state]: TransactionState
}

/** Gives a view of a transaction its state. */
export function withState<T extends object>(trx: T, given: TransactionState): T & Stateful {
  return Object.defineProperty(trx, state, { value: given }) as T & Stateful
}

/**
 * Runs `work` after the transaction is committed, in the order of the calls. A rollback drops it, and so does the
 * rollback of the savepoint that it was registered in.
 *
 * @example
 * afterCommit(trx, log => log.info({ event: 'group.renamed' }, 'a group was renamed'))
 */
export function afterCommit(trx: Stateful, work: AfterCommit): void {
  trx[state].pending.push(work)
}

/** Makes every cache of this process drop the user after the commit. */
export function userChanged(trx: Stateful, userId: string): void {
  const { onUserChanged } = trx[state]
  afterCommit(trx, () => onUserChanged(userId))
}

/** Runs what waited for a commit. Never throws. */
export function runPending(pending: readonly AfterCommit[], log: CommitLog): void {
  const report = (err: unknown): void => log.error({ event: 'commit.work_failed', err }, 'work after a commit failed')
  for (const work of pending) {
    try {
      const result = work(log)
      if (result instanceof Promise) result.catch(report)
    } catch (error) {
      report(error)
    }
  }
}

/**
 * Runs `work` inside a savepoint. A rejection undoes what `work` wrote and drops what it registered for after the
 * commit; the transaction goes on, and the rejection is the caller's. Savepoints may be nested.
 */
export async function savepoint<T>(trx: QueryExecutorProvider & Stateful, work: () => Promise<T>): Promise<T> {
  const { [state]: current } = trx
  const registered = current.pending.length
  const name = sql.raw(`auth0_users_${++current.savepoints}`)
  await sql`savepoint ${name}`.execute(trx)
  try {
    const result = await work()
    await sql`release savepoint ${name}`.execute(trx)
    return result
  } catch (error) {
    current.pending.length = registered
    await sql`rollback to savepoint ${name}`.execute(trx)
    throw error
  }
}
