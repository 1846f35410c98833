// The package as a host gets it: packed, and unpacked or installed into a folder of its own.
import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { repository } from './documents.ts'

const run = promisify(execFile)

export const packageFolder = join(repository, 'packages/fastify-auth0-users')

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest
}

/** A folder outside the repository, which goes with the test. */
export function emptyFolder(t: Test, prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}-`))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  return folder
}

let packed: Promise<string> | undefined

/**
 * The path of the tarball, packed once a process. The build is that of the test run, so no script needs to
 * make it anew.
 */
export function pack(): Promise<string> {
  packed ??= packInto(mkdtempSync(join(tmpdir(), 'packed-')))
  return packed
}

async function packInto(folder: string): Promise<string> {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const flags = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const { stdout } = await run('npm', ['pack', ...flags], { cwd: packageFolder })
  const [{ filename } = { filename: '' }] = JSON.parse(stdout) as { filename: string }[]
  return join(folder, filename)
}

/** Puts the packed package where npm would, in place of one that is there. */
export async function unpack(tarball: string, folder: string): Promise<void> {
  const installed = join(folder, 'node_modules/fastify-auth0-users')
  rmSync(installed, { recursive: true, force: true })
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
}

/** The packed package in `node_modules`, with links for what npm would fetch beside it. */
export async function installByLinks(folder: string, beside: readonly string[]): Promise<void> {
  await unpack(await pack(), folder)
  for (const name of new Set([...Object.keys(readManifest().dependencies), ...beside])) link(folder, name)
}

function link(folder: string, name: string): void {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(join(repository, 'node_modules', name), path, 'dir')
}

/** The environment without the marks of tap, npm and coverage, as in a terminal of somebody's own. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(TAP|_TAPJS|NODE_|npm_|AUTH_|DATABASE_URL|TEST_DATABASE_URL|INIT_CWD)/i.test(name) || keptNames.has(name),
  )
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...extra }
}

/** Settings of the machine rather than of this run: where its registry and its certificates are. */
const keptNames = new Set(['NODE_EXTRA_CA_CERTS', 'npm_config_registry', 'npm_config_cache', 'NPM_CONFIG_REGISTRY'])

/**
 * Why nothing can be installed here, or undefined where it can be. On a CI machine it is always undefined,
 * so that there a registry out of reach is a failure and not a gap that nobody sees.
 */
export async function registryFault(): Promise<string | undefined> {
  if (process.env['CI'] !== undefined) return undefined
  try {
    await run('npm', ['view', 'fastify', 'version', '--loglevel=error', '--fetch-timeout=5000', '--fetch-retries=0'], {
      env: plainEnvironment(),
      timeout: 15_000,
    })
    return undefined
  } catch {
    return 'no registry of npm can be reached from here'
  }
}

export function isInstalled(folder: string): boolean {
  return existsSync(join(folder, 'node_modules/.package-lock.json'))
}

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds after which it is ended [two minutes]. */
  readonly timeout?: number
}

/**
 * Runs a program as a terminal would. What tap preloads into every process that a test starts is taken
 * away, since it changes how modules are loaded.
 */
export async function runPlainly(
  program: string,
  args: readonly string[],
  { cwd, env = {}, timeout = 120_000 }: Surroundings,
): Promise<Ended> {
  const options = { cwd, env: plainEnvironment(env), timeout, maxBuffer: 64 * 1024 * 1024 }
  try {
    return { code: 0, ...(await run('sh', ['-c', withoutPreloads, program, ...args], options)) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout: string; stderr: string }
    return { code: typeof code === 'number' ? code : 1, stdout, stderr }
  }
}

/** For `sh -c`: the program is `$0`, its arguments are the rest. */
export const withoutPreloads = 'unset NODE_OPTIONS; exec "$0" "$@"'
