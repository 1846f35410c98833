import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import { bindDatabases, type Databases, type TableOptions } from '../db/handle.ts'
import type { Auth0UsersTables } from '../db/schema.ts'
import { failure } from './failure.ts'
import { databaseUrl } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What is used of `pg`. */
interface PgModule {
  readonly Pool: new (config: object) => PostgresPool & { on(event: 'error', listener: () => void): unknown }
}

export interface OpenDatabase {
  /** As it is, for migrations. */
  readonly db: Kysely<Auth0UsersTables>
  /** With the names of `tables`. */
  readonly databases: Databases
}

/** Seconds that a connection may take. */
const connectionTimeout = 10

/** Runs work on the database of `DATABASE_URL` and closes it. Throws a failure where `pg` is missing. */
export async function withDatabase<T>(
  terminal: Terminal,
  tables: TableOptions,
  work: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const connectionString = databaseUrl(terminal)
  const { Pool } = await importPg(terminal.cwd)
  const pool = new Pool({ connectionString, max: 4, connectionTimeoutMillis: connectionTimeout * 1000 })
  // A connection that ends while idle; the next statement says what is wrong.
  pool.on('error', () => {})
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await work({ db, databases: bindDatabases(db, tables) })
  } finally {
    await db.destroy()
  }
}

/** The host's own `pg`: this package does not depend on it. */
async function importPg(cwd: string): Promise<PgModule> {
  let path: string
  try {
    path = createRequire(join(cwd, 'package.json')).resolve('pg')
  } catch (error) {
    throw failure('pg is not installed here: run `npm install pg` in this folder, or change to your project', error)
  }
  const module = (await import(pathToFileURL(path).href)) as PgModule & { readonly default?: PgModule }
  return module.default ?? module
}
