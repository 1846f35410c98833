import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Identity } from './identity.ts'

/** The database files of one server and the password of its superuser `postgres`. */
export interface Cluster {
  /** PostgreSQL's own data folder (PGDATA). */
  readonly pgdata: string
  readonly password: string
}

/**
 * Opens the cluster in `dataDir`, making it first if there is none. It is built aside and renamed
 * into place, so an interrupted start leaves nothing half made.
 */
export function openCluster(dataDir: string, binaries: Binaries, identity: Identity | null, durable: boolean): Cluster {
  const folder = clusterFolder(dataDir)
  if (!existsSync(folder)) create(folder, binaries, identity, durable)
  const pgdata = join(folder, 'data')
  checkVersion(pgdata, binaries)
  return { pgdata, password: readPassword(folder) }
}

export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'server')
}

function create(folder: string, binaries: Binaries, identity: Identity | null, durable: boolean): void {
  const unfinished = `${folder}.${process.pid}.new`
  rmSync(unfinished, { recursive: true, force: true })
  makeFolder(unfinished)
  try {
    own(unfinished, identity)
    initialise(unfinished, binaries, identity, durable)
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // else another process made it at the same time: use that one
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    throw new Error(
      `The data folder ${dirname(folder)} cannot be written; it may belong to the user of an earlier start. ` +
        'Start as that user, choose another data folder, or set DATABASE_URL.',
      { cause: error },
    )
  }
}

function initialise(folder: string, { initdb }: Binaries, identity: Identity | null, durable: boolean): void {
  const password = randomBytes(24).toString('base64url')
  const file = join(folder, 'password')
  writeFileSync(file, `${password}\n`, { mode: 0o600 })
  own(file, identity)
  const options = [
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${file}`,
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]
  if (!durable) options.push('--no-sync')
  const run = spawnSync(initdb, [`--pgdata=${join(folder, 'data')}`, ...options], {
    ...identity,
    cwd: folder,
    env: serverEnvironment(),
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (run.status !== 0) throw new Error(`initdb failed: ${run.error?.message ?? lastLines(run.stderr)}`)
}

/** Nothing of ours but PATH and the system root: PG… variables of a developer must not steer this server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env
  return { LC_ALL: 'C', TZ: 'UTC', ...(PATH && { PATH }), ...(SystemRoot && { SystemRoot }) }
}

function checkVersion(pgdata: string, { major }: Binaries): void {
  const written = readFileSync(join(pgdata, 'PG_VERSION'), 'utf8').trim()
  if (written === String(major)) return
  throw new Error(
    `The data in ${pgdata} was written by PostgreSQL ${written}, and this is ${major}. ` +
      'Move it away to start afresh, dump and restore it, or set DATABASE_URL.',
  )
}

function readPassword(folder: string): string {
  return readFileSync(join(folder, 'password'), 'utf8').trim()
}

function own(path: string, identity: Identity | null): void {
  if (identity !== null) chownSync(path, identity.uid, identity.gid)
}

export function lastLines(text: string, count = 15): string {
  return text.trim().split('\n').slice(-count).join('\n')
}
