import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import { type Cluster, lastLines, serverEnvironment } from './cluster.ts'
import type { Identity } from './identity.ts'
import { readPidFile } from './previous.ts'

/** How to run the server. */
export interface ServerOptions {
  readonly dataDir: string
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly identity: Identity | null
  /** 0 for a free one. */
  readonly port: number
  readonly durable: boolean
}

export interface RunningServer {
  readonly child: ChildProcess
  readonly pid: number
  readonly port: number
}

/** Crash recovery of a small database takes seconds; this bounds it, in milliseconds. */
const startTimeout = 90_000
const logLimit = 10 * 1024 * 1024

/** Starts the server and waits until it takes connections. */
export async function runServer(options: ServerOptions): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 0 ? await freePort() : options.port
    const begin = logSize(options.dataDir)
    const child = launch(options, port)
    if (await isReady(child, options.cluster.pgdata)) return { child, pid: child.pid ?? 0, port }
    const log = readLog(options.dataDir, begin)
    // A free port can be taken by someone else before the server binds it.
    if (options.port === 0 && attempt < 5 && log.includes('Address already in use')) continue
    throw new Error(failure(options.dataDir, port, log))
  }
}

/** Its own process group, so that Ctrl+C reaches the app first and the app closes before its database. */
function launch({ dataDir, cluster, binaries, identity, durable }: ServerOptions, port: number): ChildProcess {
  const log = openLog(dataDir)
  try {
    const settings = Object.entries(serverSettings(port, durable)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ])
    const child = spawn(binaries.postgres, ['-D', cluster.pgdata, ...settings], {
      ...identity,
      cwd: dataDir,
      env: serverEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
      windowsHide: true,
    })
    child.on('error', () => {}) // it did not even start: child.pid is undefined, which isReady() sees
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

function serverSettings(port: number, durable: boolean): Record<string, string | number> {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Without these two, error reports write values of rows to the log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }
  return durable ? settings : { ...settings, fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
}

/** Also true for one that never began. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function isReady(child: ChildProcess, pgdata: string): Promise<boolean> {
  for (let waited = 0; waited < startTimeout; waited += 20) {
    if (hasEnded(child)) return false
    const state = readPidFile(pgdata)
    if (state !== null && state.pid === child.pid && state.ready) return true
    await sleep(20)
  }
  child.kill('SIGQUIT')
  return false
}

function failure(dataDir: string, port: number, log: string): string {
  const advice = log.includes('Address already in use')
    ? `Port ${port} is taken: choose another one or leave it out.`
    : 'See the log file, or set DATABASE_URL to a server of yours.'
  return `PostgreSQL did not start. ${advice} The last lines of ${logFile(dataDir)}:\n${lastLines(log)}`
}

function openLog(dataDir: string): number {
  return openSync(logFile(dataDir), 'a', 0o600)
}

/** The size before a start, so that a failure is read from the lines of this start only. */
function logSize(dataDir: string): number {
  const file = logFile(dataDir)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size <= logLimit) return size
  renameSync(file, `${file}.1`)
  return 0
}

function readLog(dataDir: string, begin: number): string {
  return readFileSync(logFile(dataDir)).subarray(begin).toString('utf8')
}

function logFile(dataDir: string): string {
  return join(dataDir, 'postgres.log')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
