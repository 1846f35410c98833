import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Address, withAdmin } from './admin.ts'
import type { Cluster } from './cluster.ts'

/** How long a server that is going down is waited for, in milliseconds. */
const patience = 15_000

/**
 * Makes sure that no other server runs on these files. One whose program is still alive is an
 * error; one that was left behind by a program that was killed is stopped.
 */
export async function resolvePrevious(dataDir: string, cluster: Cluster): Promise<void> {
  const previous = readPidFile(cluster.pgdata)
  if (previous === null || !isAlive(previous.pid)) return
  const isRunning = await respondsAsOurs({ port: previous.port, password: cluster.password })
  if (isRunning && !isAbandoned(dataDir)) throw new Error(inUse(dataDir, previous.pid))
  if (isRunning) process.kill(previous.pid, 'SIGINT')
  await waitUntilGone(previous.pid, isRunning ? patience : 3_000)
}

/** Notes whose server this is; 0 stands for one that outlives its starter. */
export function recordOwner(dataDir: string, pid: number): void {
  writeFileSync(join(dataDir, 'owner'), `${pid}\n`)
}

interface PidFile {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

/** PostgreSQL's `postmaster.pid`: process id, folder, start time, port, socket folder, address, memory, state. */
export function readPidFile(pgdata: string): PidFile | null {
  const lines = readText(join(pgdata, 'postmaster.pid'))?.split('\n')
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isInteger(pid) || pid < 1) return null
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Waits for a process to end, at most so many milliseconds. Answers whether it did. */
export async function waitUntilGone(pid: number, milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += 50) {
    if (!isAlive(pid)) return true
    await sleep(50)
  }
  return !isAlive(pid)
}

/** Only the server of these files takes this password. */
async function respondsAsOurs(address: Address): Promise<boolean> {
  if (!Number.isInteger(address.port)) return false
  try {
    return await withAdmin(address, async client => (await client.query('select 1')).rowCount === 1)
  } catch {
    return false // no server, one that is shutting down, or a foreign one on that port
  }
}

function isAbandoned(dataDir: string): boolean {
  const owner = Number(readText(join(dataDir, 'owner')) ?? 0)
  return owner !== 0 && !isAlive(owner)
}

function inUse(dataDir: string, pid: number): string {
  return (
    `A PostgreSQL server (process ${pid}) already runs on ${dataDir}: this app seems to be running already. ` +
    `Stop that one first (kill -INT ${pid}), choose another data folder, or set DATABASE_URL.`
  )
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
