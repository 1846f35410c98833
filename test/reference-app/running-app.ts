import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Test } from 'tap'

const main = resolve(import.meta.dirname, '../../examples/reference-app/dist/main.js')

/** How long a start may take, in milliseconds. */
const startLimit = 60_000

export interface FinishedApp {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningApp {
  /** As printed. */
  readonly url: string
  /** From the printed curl; '' when it names a shell variable. */
  readonly token: string
  readonly stdout: string
  /** The same, up to now. */
  output(): string
  signal(signal: NodeJS.Signals): void
  stop(signal: NodeJS.Signals): Promise<FinishedApp>
  request(path: string, options?: AppRequest): Promise<Response>
  /** The profile, by the printed token. */
  profile(method: string, body?: unknown): Promise<Response>
}

export interface AppRequest {
  readonly method?: string
  readonly token?: string
  readonly body?: unknown
}

type Env = Readonly<Record<string, string>>

/** Runs the app as `npm start` does, on free ports; a test that ends early ends it as well. */
function launch(t: Test, env: Env): { child: ChildProcess; stdout: () => string; finished: Promise<FinishedApp> } {
  const { PATH = '' } = process.env
  const passedOn = process.env['NODE_OPTIONS'] === undefined ? {} : { NODE_OPTIONS: process.env['NODE_OPTIONS'] }
  const child = spawn(process.execPath, [main], {
    env: { PATH, ...passedOn, PORT: '0', STAND_IN_PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const finished = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, stdout, stderr }))
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await finished
  })
  return { child, stdout: () => stdout, finished }
}

/** For starts that are meant to fail. */
export function runToEnd(t: Test, env: Env): Promise<FinishedApp> {
  return launch(t, env).finished
}

export async function startApp(t: Test, env: Env): Promise<RunningApp> {
  const { child, stdout, finished } = launch(t, env)
  const deadline = AbortSignal.timeout(startLimit)
  while (!stdout().includes('Ctrl-C stops it.')) {
    const ended = await Promise.race([
      finished,
      once(child.stdout ?? child, 'data', { signal: deadline }).then(() => null),
    ])
    if (ended !== null) throw new Error(`The app ended with ${ended.code}: ${ended.stderr}`)
  }
  const text = stdout()
  const url = /API +(\S+)/.exec(text)?.[1] ?? ''
  const token = /^curl -i \S+ -H 'Authorization: Bearer ([\w.-]+)'$/m.exec(text)?.[1] ?? ''
  const request = (path: string, options: AppRequest = {}): Promise<Response> => send(`${url}${path}`, options)
  return {
    url,
    token,
    stdout: text,
    output: stdout,
    signal: signal => void child.kill(signal),
    request,
    stop: signal => {
      child.kill(signal)
      return finished
    },
    profile: (method, body) => request('/api/v1/accounts/users/profile/', { method, token, body }),
  }
}

function send(url: string, { method = 'GET', token, body }: AppRequest): Promise<Response> {
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const payload = body === undefined ? {} : { body: JSON.stringify(body) }
  return fetch(url, { method, redirect: 'manual', headers: { ...credentials, ...content }, ...payload })
}
