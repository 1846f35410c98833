import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Test } from 'tap'
import { startEmbeddedPostgres } from '#app/embedded/index.js'
import { migrate } from '#plugin/db/migrations/index.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import type { TestDatabase } from './postgres.ts'

/** A server of one test's own, with a migrated database, that can be taken away and brought back. */
export interface OwnServer {
  readonly url: string
  /** As `testDatabase` would give it, to be passed to `build`. */
  readonly database: TestDatabase
  stop(): Promise<void>
  /** Brings it back on the same port with the same data. */
  start(): Promise<void>
}

/** Takes about a second; ends with the test. */
export async function ownServer(t: Test): Promise<OwnServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'a0u-outage-'))
  let server = await startEmbeddedPostgres({ dataDir, durable: false })
  t.teardown(async () => {
    await server.stop()
    // As root the data lies elsewhere, where the server's user can reach it.
    for (const folder of [server.dataDir, dataDir]) await rm(folder, { recursive: true, force: true })
  })
  await server.createDatabase('app')
  const url = server.connectionString('app')
  const pool = new pg.Pool({ connectionString: url, connectionTimeoutMillis: 2000 })
  pool.on('error', () => {}) // idle connections end with the server
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  await migrate(db)
  return {
    url,
    database: { db, pool, url } as TestDatabase,
    stop: () => server.stop(),
    async start() {
      server = await startEmbeddedPostgres({ dataDir, port: server.port, durable: false })
    },
  }
}
