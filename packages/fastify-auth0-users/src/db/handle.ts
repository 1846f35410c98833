import type { Kysely, Transaction } from 'kysely'
import type { HostDatabaseTypes } from '../types.ts'
import { type Note, notesOf } from './committed.ts'
import type { Auth0UsersTables, TableName } from './schema.ts'
import { tableNames } from './table-names.ts'

/** Our own view of the host's database handle. */
export type Db = Kysely<Auth0UsersTables>

/** Our own view of a transaction on it. */
export type Trx = Transaction<Auth0UsersTables>

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
   * the transaction and the host's own (its plugins, its types), for the host's hooks.
   */
  readonly transaction: <T>(work: (trx: Trx, hostTrx: HostTrx) => Promise<T>) => Promise<T>
  /** Authentication, permissions, provisioning and every write. */
  readonly primary: Db
  /** Lists that opted in; the primary where no replica was given. */
  readonly replica: Db
}

/**
 * Binds the host's handle or handles to our table types, schema and prefix. Opens no connection.
 *
 * @param log what is told of a transaction once it is committed [nothing].
 */
export function bindDatabases(
  given: DatabaseOption,
  tables: TableOptions = {},
  log: (note: Note) => void = () => undefined,
): Databases {
  const pair = 'primary' in given ? given : { primary: given, replica: given }
  const primary = bindHandle(asKysely(pair.primary), tables)
  return {
    primary,
    replica: pair.replica === pair.primary ? primary : bindHandle(asKysely(pair.replica), tables),
    async transaction(work) {
      let notes: readonly Note[] = []
      const answer = await asKysely(pair.primary)
        .transaction()
        // Every write here relies on seeing what others committed while it waited, whatever the host's default.
        .setIsolationLevel('read committed')
        .execute(async hostTrx => {
          const trx = bindHandle(hostTrx, tables) as Trx
          const done = await work(trx, hostTrx as unknown as HostTrx)
          notes = notesOf(trx)
          return done
        })
      notes.forEach(log)
      return answer
    },
  }
}

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
