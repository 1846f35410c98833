import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Test } from 'tap'
import { migrate } from '#plugin/db/migrate.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { readState, removeState, type ServerState, startServer, writeState } from './server-state.ts'

/** A database of one test's own. */
export interface TestDatabase {
  readonly url: string
  readonly db: Kysely<Auth0UsersTables>
  /** The pool under `db`. */
  readonly pool: pg.Pool
  /** A further handle on the same database, closed with the test; another process would hold such a one. */
  connect(options?: { max?: number }): { db: Kysely<Auth0UsersTables>; pool: pg.Pool }
  /** Closes and drops it before the test's end; done by itself otherwise. */
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  /** Connections in the pool [10]. */
  readonly max?: number
  /** Without our tables, for tests of migrations [false]. */
  readonly empty?: boolean
}

/** A fresh database with our tables in it, gone at the end of `t`. Copying the template takes some 10 ms. */
export async function testDatabase(t: Test, options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await sharedServer()
  counter += 1
  const name = `${server.prefix}${process.pid}_${counter}`
  const template = options.empty === true ? 'template0' : await migratedTemplate(server)
  await runAdmin(server, client => client.query(`create database ${name} template ${template}`))
  const url = withDatabase(server.adminUrl, name)
  const opened: Kysely<Auth0UsersTables>[] = []
  const connect = ({ max = 10 }: { max?: number } = {}): { db: Kysely<Auth0UsersTables>; pool: pg.Pool } => {
    const handle = openHandle(url, max)
    opened.push(handle.db)
    return handle
  }
  let dropped = false
  const drop = async (): Promise<void> => {
    if (dropped) return
    dropped = true
    await Promise.all(opened.map(db => db.destroy()))
    await runAdmin(server, client => client.query(`drop database if exists ${name} with (force)`))
  }
  t.teardown(drop)
  return { url, ...connect(options), connect, drop }
}

/** Runs SQL on the maintenance database as the server's superuser, for tests that take the database away. */
export async function adminQuery(sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
  return runAdmin(await sharedServer(), client => client.query(sql, values))
}

let counter = 0
let shared: Promise<ServerState> | undefined
let template: Promise<string> | undefined

function sharedServer(): Promise<ServerState> {
  shared ??= Promise.resolve(readState() ?? startUnshared())
  return shared
}

/** For a test file that was not started by tap: the server ends with this process. */
async function startUnshared(): Promise<ServerState> {
  const server = await startServer({ outlive: false })
  writeState(server, process.pid) // if this process is killed, the next run tidies up
  process.once('beforeExit', async () => {
    await server.stop()
    removeState(process.pid)
  })
  return server
}

function migratedTemplate(server: ServerState): Promise<string> {
  template ??= createTemplate(server)
  return template
}

/** The first process of a run that needs it makes it; the others wait for the lock. */
function createTemplate(server: ServerState): Promise<string> {
  const name = `${server.prefix}template`
  return runAdmin(server, async client => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount !== 0) return name
    const unfinished = `${name}_unfinished`
    await client.query(`drop database if exists ${unfinished} with (force)`)
    await client.query(`create database ${unfinished} template template0`)
    await migrateDatabase(withDatabase(server.adminUrl, unfinished))
    await client.query(`alter database ${unfinished} rename to ${name}`)
    return name
  })
}

async function migrateDatabase(url: string): Promise<void> {
  const { db } = openHandle(url, 1)
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}

function openHandle(url: string, max: number): { db: Kysely<Auth0UsersTables>; pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => {}) // tests cut connections; an idle one that ends must not end the test process
  return { pool, db: new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) }) }
}

async function runAdmin<T>({ adminUrl }: ServerState, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
