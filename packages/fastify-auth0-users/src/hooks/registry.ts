import type { FastifyBaseLogger } from 'fastify'
import { afterCommit, type Stateful } from '../db/after-commit.ts'
import { isUnavailable } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { isClientError } from '../lib/http-status.ts'
import { within } from '../lib/timeout.ts'
import { type Ended, failureOf, type HookName, histogram, reported } from '../telemetry/index.ts'

/** A hook takes what happened and the context it happened in. */
type Hook = (subject: never, context: never) => void | Promise<void>

/** Hooks by name, in the order they were added. `Hooks` maps each name to its function. */
export interface HookRegistry<Hooks> {
  add<Name extends keyof Hooks>(name: Name, hook: Hooks[Name]): void
  /** Whether any hook of this name was added. */
  has(name: keyof Hooks): boolean
  /**
   * Runs the hooks of a name in order, inside the transaction that the context holds. Rejects with
   * the hook's own error when it has a 4xx `statusCode`, with `A0U_HOOK_FAILED` otherwise.
   */
  run<Name extends keyof Hooks>(name: Name, ...args: HookArguments<Hooks[Name]>): Promise<void>
  /** Starts the hooks of a name; never throws and is not waited for. */
  notify<Name extends keyof Hooks>(name: Name, ...args: HookArguments<Hooks[Name]>): void
  /** The same after the commit of a transaction; a rollback drops it. */
  notifyCommitted<Name extends keyof Hooks>(trx: Stateful, name: Name, ...args: HookArguments<Hooks[Name]>): void
  /** Resolves when every hook that `notify` started has ended, or after 10 seconds: closing must end. */
  settled(): Promise<void>
}

type HookArguments<F> = F extends (...args: infer Args) => unknown ? Args : never

/** How long is waited for hooks that run after a commit, in seconds. */
const patience = 10

const measureHook = histogram('hook.duration')

/** @param log where failures after the commit go. */
export function createHookRegistry<Hooks>(log: FastifyBaseLogger): HookRegistry<Hooks> {
  const hooks = new Map<keyof Hooks, Hook[]>()
  const running = new Set<Promise<void>>()

  async function runAll(name: keyof Hooks, args: readonly unknown[]): Promise<void> {
    for (const hook of hooks.get(name) ?? []) {
      await measured(String(name) as HookName, async () => await hook(...(args as [never, never])))
    }
  }

  function notify(name: keyof Hooks, args: readonly unknown[]): void {
    if (!hooks.has(name)) return
    const work = runAll(name, args)
      .catch((error: unknown) => {
        log.error(
          { event: 'hook.failed', err: error, hook: name, code: 'A0U_HOOK_FAILED' },
          'a hook failed after the commit',
        )
      })
      .finally(() => running.delete(work))
    running.add(work)
  }

  return {
    has: name => hooks.has(name),
    add(name, hook) {
      hooks.set(name, [...(hooks.get(name) ?? []), hook as Hook])
    },
    async run(name, ...args) {
      try {
        await runAll(name, args)
      } catch (error) {
        throw asHookError(error)
      }
    },
    notify: (name, ...args) => notify(name, args),
    notifyCommitted: (trx, name, ...args) => afterCommit(trx, () => notify(name, args)),
    async settled() {
      if ((await within(patience, Promise.all(running))) !== 'timeout') return
      log.warn({ event: 'hooks.abandoned' }, 'closing without waiting any longer for hooks after a commit')
    },
  }
}

/** The span of one hook, how it ended and how long it took. */
async function measured(name: HookName, hook: () => Promise<void>): Promise<void> {
  const attributes = { 'hook.name': name } as const
  await reported('hook', attributes, report, hook)

  function report(end: Ended<void>, seconds: number): { outcome: 'done' | 'refused' | 'failed' } {
    const failure = 'error' in end && failureOf(end.error) === 'refused' ? 'refused' : 'failed'
    const outcome = 'error' in end ? failure : 'done'
    measureHook(seconds, { ...attributes, outcome })
    return { outcome }
  }
}

/** A host may refuse a request by throwing an error of its own with a 4xx `statusCode`. */
function asHookError(error: unknown): unknown {
  if (error instanceof Auth0UsersError || isUnavailable(error)) return error
  if (isClientError(error)) return error
  return new Auth0UsersError('A0U_HOOK_FAILED', { cause: error })
}
