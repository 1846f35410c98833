import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedPostgres } from '#app/embedded/index.js'

/** The database server of one test run, handed from tap's `before` to the test files and to `after`. */
export interface ServerState {
  /** Connection string of the maintenance database. */
  readonly adminUrl: string
  /** What the names of this run's databases start with. */
  readonly prefix: string
  /** The server that was started for this run; null for the one of `TEST_DATABASE_URL`. */
  readonly own: { readonly pid: number; readonly dataDir: string } | null
}

/** All three kinds of process are children of the same tap runner, so its process id names the run. */
const run = process.ppid
const folder = join(tmpdir(), `fastify-auth0-users-tests-${process.getuid?.() ?? 0}`)

/** Starts a server, or takes the one of `TEST_DATABASE_URL`. */
export async function startServer({ outlive }: { outlive: boolean }): Promise<ServerState & { stop(): Promise<void> }> {
  const prefix = `a0u_${randomUUID().slice(0, 8)}_`
  const adminUrl = process.env['TEST_DATABASE_URL']
  if (adminUrl !== undefined) {
    const state: ServerState = { adminUrl, prefix, own: null }
    return { ...state, stop: () => stopServer(state) }
  }
  const dataDir = join(tmpdir(), `${prefix}postgres`)
  const server = await startEmbeddedPostgres({ dataDir, durable: false, outlive })
  const own = { pid: server.pid, dataDir: server.dataDir }
  const stop = async (): Promise<void> => {
    await server.stop()
    rmSync(server.dataDir, { recursive: true, force: true })
  }
  return { adminUrl: server.connectionString(), prefix, own, stop }
}

/** Records it under the process whose end makes it superfluous [the tap runner]. */
export function writeState({ adminUrl, prefix, own }: ServerState, owner: number = run): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(stateFile(owner), JSON.stringify({ adminUrl, prefix, own }), { mode: 0o600 })
}

/** This run's server; null when the test file was started without tap. */
export function readState(): ServerState | null {
  return load(stateFile(run))
}

export function removeState(owner: number): void {
  rmSync(stateFile(owner), { force: true })
}

/** Stops the server of this run and those that crashed runs left behind. */
export async function stopServers(): Promise<void> {
  for (const owner of recordedRuns()) {
    if (owner !== run && isAlive(owner)) continue
    const state = load(stateFile(owner))
    if (state !== null) await stopServer(state).catch(error => tellUnlessGone(error, owner))
    removeState(owner)
  }
}

/** A crashed run may have used a server that is gone since; nothing is left to drop there. Its own server must answer. */
function tellUnlessGone(error: unknown, owner: number): void {
  if (owner === run || !(error instanceof Error)) throw error
  process.stderr.write(`- the databases of a run that crashed could not be dropped: ${error.message}\n`)
}

async function stopServer(state: ServerState): Promise<void> {
  if (state.own === null) await dropDatabases(state)
  else await stopOwn(state.own)
}

/** Immediate shutdown: nothing of it is kept. */
async function stopOwn({ pid, dataDir }: { pid: number; dataDir: string }): Promise<void> {
  // A process id can have been given to someone else; the data folder's own file says whose it is.
  if (readPid(dataDir) === pid && isAlive(pid)) process.kill(pid, 'SIGQUIT')
  for (let waited = 0; waited < 10_000 && readPid(dataDir) === pid && isAlive(pid); waited += 20) await sleep(20)
  rmSync(dataDir, { recursive: true, force: true })
}

async function dropDatabases({ adminUrl, prefix }: ServerState): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 })
  await client.connect()
  const { rows } = await client.query<{ datname: string }>(
    'select datname from pg_database where starts_with(datname, $1)',
    [prefix],
  )
  for (const { datname } of rows)
    await client.query(`drop database if exists ${client.escapeIdentifier(datname)} with (force)`)
  await client.end()
}

function recordedRuns(): number[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return readdirSync(folder).map(name => Number.parseInt(name, 10))
}

function stateFile(owner: number): string {
  return join(folder, `${owner}.json`)
}

function load(file: string): ServerState | null {
  const text = readText(file)
  return text === null ? null : (JSON.parse(text) as ServerState)
}

function readPid(dataDir: string): number | null {
  const text = readText(join(dataDir, 'server', 'data', 'postmaster.pid'))
  return text === null ? null : Number.parseInt(text, 10)
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
