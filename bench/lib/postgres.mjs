// A PostgreSQL server of the benchmarks' own.
import { rmSync, statfsSync } from 'node:fs'
import { constants, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import process, { pid } from 'node:process'
import { migrate } from 'fastify-auth0-users/migrations'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../examples/reference-app/dist/embedded/index.js'

/**
 * Starts it without fsync and with a quarter of the machine's memory as shared buffers (at most 8 GB), as PostgreSQL's manual
 * advises. Its files lie in `data`, which is kept, or below BENCH_DIR or the temporary folder and are deleted.
 * `close` is also called on Ctrl+C.
 */
export async function openPostgres({ name, data }) {
  const kept = data !== undefined
  const wanted = kept ? resolve(data) : join(process.env.BENCH_DIR ?? tmpdir(), `fastify-auth0-users-${name}-${pid}`)
  let server = await startEmbeddedPostgres({ dataDir: wanted, durable: false })
  let closing
  async function end() {
    await server.stop()
    if (kept) return
    for (const folder of [wanted, server.dataDir]) rmSync(folder, { recursive: true, force: true })
  }
  const close = () => {
    closing ??= end()
    return closing
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => close().finally(() => process.exit(128 + constants.signals[signal])))
  }
  try {
    await configure(server)
    await server.stop()
    server = await startEmbeddedPostgres({ dataDir: wanted, durable: false })
  } catch (error) {
    await close()
    throw error
  }
  return {
    close,
    get server() {
      return server
    },
    url: database => server.connectionString(database),
  }
}

async function configure(server) {
  const megabytes = Math.floor(Math.min(totalmem() / 4, 8e9) / 1e6)
  await withClient(server.connectionString(), async client => {
    await client.query(`alter system set shared_buffers = '${megabytes}MB'`)
    await client.query(`alter system set max_wal_size = '4GB'`)
    await client.query('alter system set jit = off')
  })
}

export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A Kysely handle over a pool of so many connections; `log` gets each statement. */
export function openHandle(url, max, log) {
  const pool = new pg.Pool({ connectionString: url, max })
  pool.on('error', () => {}) // an idle connection that the server cut; the next query reports it
  const db = new Kysely({ dialect: new PostgresDialect({ pool }), ...(log === undefined ? {} : { log }) })
  return { db, pool }
}

/** The plugin's tables, in the newest shape. */
export async function migrateAt(url) {
  const { db } = openHandle(url, 1)
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}

/** Throws unless so many bytes are free below the server's folder. */
export function checkSpace({ server }, needed) {
  const { bavail, bsize } = statfsSync(server.dataDir)
  const free = bavail * bsize
  if (free >= needed) return
  const text = bytes => `${(bytes / 1e9).toFixed(1)} GB`
  throw new Error(`${text(needed)} are needed in ${server.dataDir}, ${text(free)} are free; set BENCH_DIR`)
}

export async function versionOf(pool) {
  const { rows } = await pool.query('show server_version')
  return rows[0].server_version
}
