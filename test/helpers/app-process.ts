import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { Auth0UsersOptions } from '#plugin/index.js'

export interface AppProcess {
  readonly origin: string
  /** Ends it as a service manager does and answers its exit code. */
  stop(): Promise<number | null>
}

export interface AppProcessSettings {
  /** Of a database that has a table `hook_run (user_id uuid)`, one row for each run of `afterCreate`. */
  readonly url: string
  readonly domain: string
  readonly audience: string | readonly string[]
  /** With the change feed of `pg` [false]. */
  readonly feed?: boolean
  /** With the hook [true]. */
  readonly afterCreate?: boolean
  /** Further options of the plugin, those that JSON can hold. */
  readonly plugin?: Partial<Auth0UsersOptions>
}

const script = fileURLToPath(new URL('./app-process.mjs', import.meta.url))

/**
 * Starts a process that serves `/me`, `/can` (the permissions one has), `/caches`, `/statements` (how often
 * each kind of statement ran since it was last asked) and the profile; it ends with the test.
 */
export async function startAppProcess(t: Test, settings: AppProcessSettings): Promise<AppProcess> {
  // Without tap's loaders and coverage: the process runs what a host would run.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = () => end(child)
  t.teardown(stop)
  const [origin] = await once(createInterface({ input: child.stdout }), 'line')
  return { origin, stop }
}

async function end(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return child.exitCode
}
