import type { Kysely } from 'kysely'
import { Kysely as Handle, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { PlatformReplicaDatabase } from '../platform/tables.ts'
import type { QaCrawlerDatabase } from '../qa-crawler/tables.ts'
import type { DefaultDatabase } from './tables.ts'

export const databaseNames = ['default', 'qa_crawler', 'platform_replica'] as const
export type DatabaseName = (typeof databaseNames)[number]

/** One handle for each database. A query names its database by the handle it takes, and its types follow. */
export interface Databases {
  readonly default: Kysely<DefaultDatabase>
  readonly qa_crawler: Kysely<QaCrawlerDatabase>
  readonly platform_replica: Kysely<PlatformReplicaDatabase>
}

export interface OpenDatabases {
  readonly databases: Databases
  /** Of `default`, for the change feed of the plugin. */
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** Told when the server ends a connection. */
export type OnLostConnection = (error: Error) => void

/** Opens the pools; no connection is made before the first query. */
export function openDatabases(
  connectionStrings: Readonly<Record<DatabaseName, string>>,
  onLost: OnLostConnection,
): OpenDatabases {
  let isClosing = false
  const onLostConnection: OnLostConnection = error => {
    if (!isClosing) onLost(error)
  }
  // One more than the others: the change feed keeps one connection for itself.
  const pool = openPool(connectionStrings.default, 11, onLostConnection)
  const databases = {
    default: handle<DefaultDatabase>(pool),
    qa_crawler: handle<QaCrawlerDatabase>(openPool(connectionStrings.qa_crawler, 4, onLostConnection)),
    platform_replica: handle<PlatformReplicaDatabase>(
      openPool(connectionStrings.platform_replica, 4, onLostConnection),
    ),
  }
  return {
    databases,
    pool,
    close: async () => {
      isClosing = true
      await Promise.all([
        databases.default.destroy(),
        databases.qa_crawler.destroy(),
        databases.platform_replica.destroy(),
      ])
    },
  }
}

function handle<Database>(pool: pg.Pool): Kysely<Database> {
  return new Handle<Database>({ dialect: new PostgresDialect({ pool }) })
}

function openPool(connectionString: string, max: number, onLostConnection: OnLostConnection): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'reference-app',
    max,
    // How long a request waits for a connection: in a rush a late answer is better than 503.
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
    // The client's own limit, for a server that has stopped answering at all.
    query_timeout: 12_000,
  })
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', onLostConnection)
  // The same for one that is lost while a transaction holds it; the statement under way fails by itself.
  pool.on('connect', client => client.on('error', onLostConnection))
  return pool
}
