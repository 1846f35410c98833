import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The JSON document of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: documents are compared, not trusted
  readonly json: any
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

const program = fileURLToPath(new URL('../../../packages/fastify-auth0-users/dist/cli/index.js', import.meta.url))
const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs the program in a process of its own, as `npx` would, with none of the settings of the test run. */
export async function command(
  args: readonly string[],
  { env = {}, cwd = repository }: Surroundings = {},
): Promise<Outcome> {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, DATABASE_URL: _url, ...inherited } = process.env
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...inherited, AUTH_DOMAIN: undefined, AUTH_AUDIENCE: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return {
    code: child.exitCode,
    stdout,
    stderr,
    json: args.includes('--json') && stdout !== '' ? JSON.parse(stdout) : undefined,
  }
}
