import type { Auth0UsersTables } from 'fastify-auth0-users'
import { migrate } from 'fastify-auth0-users/migrations'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

/** The tables of this app. It has none of its own yet beside those of the plugin. */
export interface Database extends Auth0UsersTables {}

export interface DatabaseOptions {
  readonly connectionString: string
  /** Told when the server ends a connection. */
  readonly onLostConnection: (error: Error) => void
}

/** Opens a pool; no connection is made before the first query. `destroy()` closes it. */
export function openDatabase({ connectionString, onLostConnection }: DatabaseOptions): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'reference-app',
    max: 10,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 10_000,
    // The client's own limit, for a server that has stopped answering at all.
    query_timeout: 12_000,
  })
  // Without a listener the loss of an idle connection would end the process.
  pool.on('error', onLostConnection)
  // The same for one that is lost while a transaction holds it; the statement under way fails by itself.
  pool.on('connect', client => client.on('error', onLostConnection))
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
}

/**
 * Creates or updates the tables, on a connection of its own without a limit on the time a statement
 * takes. Safe when several processes start at once. Throws what the database answers.
 */
export async function migrateDatabase(connectionString: string): Promise<void> {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'reference-app-migrate',
    max: 2,
    connectionTimeoutMillis: 5000,
  })
  // A connection that breaks while idle also fails the query that comes next; that failure is the one reported.
  pool.on('error', () => {})
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}
