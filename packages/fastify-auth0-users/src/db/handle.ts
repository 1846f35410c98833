import type { Kysely, Transaction } from 'kysely'
import type { HostDatabaseTypes } from '../types.ts'
import { type CommitLog, runPending, type Stateful, type TransactionState, withState } from './after-commit.ts'
import type { Auth0UsersTables, TableName } from './schema.ts'
import { tableNames } from './table-names.ts'

/** Our own view of the host's database handle. */
export type Db = Kysely<Auth0UsersTables>

/** Our own view of a transaction on it; see `afterCommit`. */
export type Trx = Transaction<Auth0UsersTables> & Stateful

/** The host's own view of a transaction, as hooks get it. */
export type HostTrx = Transaction<HostDatabaseTypes>

/** Either of them: what repositories take first. */
export type DbOrTrx = Db | Trx

/**
 * What a host may pass as `db`: any `Kysely<Database>` whose `Database` has our tables. It is
 * written as methods because `Kysely<Wider>` is not assignable to `Kysely<Auth0UsersTables>`.
 */
export type HostDatabase = HasTable<'accounts_user'> &
  HasTable<'accounts_identity'> &
  HasTable<'accounts_group'> &
  HasTable<'accounts_group_permission'> &
  HasTable<'accounts_user_group'> &
  HasTable<'accounts_user_permission'> &
  HasTable<'accounts_consent'> &
  HasTable<'accounts_api_token'> &
  HasTable<'accounts_session'> &
  HasTable<'accounts_audit'> &
  HasTable<'accounts_audit_chain'> &
  HasTable<'accounts_audit_check'> &
  HasTable<'accounts_tombstone'> &
  HasTable<'accounts_ended_sid'> &
  HasTable<'accounts_dpop_proof'> &
  HasTable<'accounts_auth0_event'> &
  HasTable<'accounts_auth0_subject'> &
  HasTable<'accounts_daily_activity'> &
  HasTable<'accounts_report_activity'> &
  HasTable<'accounts_report_sign_in'> &
  HasTable<'accounts_report_registration'> &
  HasTable<'accounts_outbox'> &
  HasTable<'accounts_outbox_state'> &
  HasTable<'accounts_outbox_subscription'> &
  HasTable<'accounts_outbox_cursor'> &
  HasTable<'accounts_outbox_blocked'>

interface HasTable<Name extends TableName> {
  selectFrom(table: Name): unknown
}

/** Where the tables live. */
export interface TableOptions {
  /** PostgreSQL schema [the connection's search path]. */
  readonly schema?: string
  /** What the table names start with [`accounts_`]. */
  readonly prefix?: string
}

/** One handle for everything, or one for writes and authentication and one for lists. */
export type DatabaseOption = HostDatabase | { readonly primary: HostDatabase; readonly replica: HostDatabase }

export interface Databases {
  /**
   * Runs `work` in one transaction on the primary; a throw rolls it back. `work` gets our view of
   * the transaction and the host's own (its plugins, its types), for the host's hooks. What `work` handed to
   * `afterCommit` has been run when this resolves.
   */
  readonly transaction: <T>(work: (trx: Trx, hostTrx: HostTrx) => Promise<T>) => Promise<T>
  /** Calls `listener` with the id of each user that a committed transaction named by `userChanged`. */
  readonly onUserChanged: (listener: (userId: string) => void) => void
  /** Authentication, permissions, provisioning and every write. */
  readonly primary: Db
  /** Lists that opted in; the primary where no replica was given. */
  readonly replica: Db
}

/**
 * Binds the host's handle or handles to our table types, schema and prefix. Opens no connection.
 *
 * @param log where failures of work after a commit go, and what that work logs; none by default.
 */
export function bindDatabases(given: DatabaseOption, tables: TableOptions = {}, log: CommitLog = silent): Databases {
  const pair = 'primary' in given ? given : { primary: given, replica: given }
  const primary = bindHandle(asKysely(pair.primary), tables)
  const listeners: ((userId: string) => void)[] = []
  const onUserChanged = (userId: string): void => {
    for (const listener of listeners) listener(userId)
  }
  return {
    primary,
    replica: pair.replica === pair.primary ? primary : bindHandle(asKysely(pair.replica), tables),
    onUserChanged: listener => void listeners.push(listener),
    async transaction(work) {
      const state: TransactionState = { pending: [], onUserChanged, savepoints: 0 }
      const result = await asKysely(pair.primary)
        .transaction()
        // Every write here relies on seeing what others committed while it waited, whatever the host's default.
        .setIsolationLevel('read committed')
        .execute(hostTrx => {
          const trx = withState(bindHandle(hostTrx, tables) as Transaction<Auth0UsersTables>, state)
          return work(trx, hostTrx as unknown as HostTrx)
        })
      runPending(state.pending, log)
      return result
    },
  }
}

const ignore = (): void => undefined

const silent: CommitLog = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/**
 * Our view of a handle: without the host's Kysely plugins (a `CamelCasePlugin` would rename our
 * columns), with our own schema and prefix.
 */
function bindHandle(given: Db, tables: TableOptions): Db {
  let db: Db = given.withoutPlugins()
  if (tables.prefix !== undefined && tables.prefix !== defaultPrefix) db = db.withPlugin(tableNames(tables.prefix))
  if (tables.schema !== undefined) db = db.withSchema(tables.schema)
  return db
}

/** The one cast of the project: the host's handle, whatever its `Database`, seen through our tables. */
function asKysely(given: HostDatabase): Db {
  // biome-ignore lint/suspicious/noExplicitAny: the one cast, see above
  return given as Kysely<any> as Db
}

export const defaultPrefix = 'accounts_'
