import {
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely'
import pg from 'pg'
import type { Test } from 'tap'
import { type DatabaseName, type Databases, databaseNames } from '#app/databases/databases.js'
import { migrateDefault, migratePlatformReplica, migrateQaCrawler } from '#app/databases/migrate.js'
import { testDatabase } from '../helpers/postgres.ts'

export interface DeclaredDatabases {
  readonly databases: Databases
  /** Of those that were declared. */
  readonly urls: Readonly<Partial<Record<DatabaseName, string>>>
}

const migrations = { default: migrateDefault, qa_crawler: migrateQaCrawler, platform_replica: migratePlatformReplica }

/**
 * The databases that a test uses, migrated and gone at its end. A query to one that was not declared
 * fails the test, naming it, also where the app turns the error into an answer.
 */
export async function declareDatabases(t: Test, ...names: readonly DatabaseName[]): Promise<DeclaredDatabases> {
  const urls: Partial<Record<DatabaseName, string>> = {}
  for (const name of names) {
    const { url } = await testDatabase(t, { empty: true, max: 1 })
    await migrations[name](url)
    urls[name] = url
  }
  const handles = Object.fromEntries(databaseNames.map(name => [name, open(t, name, urls[name])]))
  return { databases: handles as unknown as Databases, urls }
}

function open(t: Test, name: DatabaseName, url: string | undefined): Kysely<unknown> {
  if (url === undefined) return undeclared(name, message => t.fail(message))
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {}) // the database is dropped with the test, and some tests cut connections
  pool.on('connect', client => client.on('error', () => {}))
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  return db
}

/** A handle without a database: whoever queries it is told, and `report` as well. */
export function undeclared(name: DatabaseName, report: (message: string) => void): Kysely<unknown> {
  const refuse = async (): Promise<DatabaseConnection> => {
    const message = `this test queried the database "${name}" without declaring it`
    report(message)
    throw new Error(message)
  }
  return new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: db => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createDriver: () => ({
        init: async () => {},
        acquireConnection: refuse,
        beginTransaction: async () => {},
        commitTransaction: async () => {},
        rollbackTransaction: async () => {},
        releaseConnection: async () => {},
        destroy: async () => {},
      }),
    },
  })
}
