import type { FastifyReply, FastifyRequest } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import type { HookRegistry } from '../hooks/registry.ts'
import { counter, errorType } from '../telemetry/index.ts'
import type { Challenger } from './challenge.ts'
import { keepExtras } from './error-body.ts'
import type { RequestHooks } from './request-hooks.ts'

/** Counts, logs and challenges a refusal, tells the hooks, and hands the error back to be passed on. */
export type Refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => Error

const countRefusal = counter('requests.refused')

export function createRefuse(challenger: Challenger, hooks: HookRegistry<RequestHooks>): Refuse {
  return (error, request, reply) => {
    const code = error instanceof Auth0UsersError ? error.code : 'error'
    countRefusal({ 'error.type': errorType(error) })
    const level = error instanceof Auth0UsersError && error.statusCode < 500 ? 'info' : 'warn'
    request.log[level]({ event: 'request.refused', code, cause: causeOf(error) }, 'request refused')
    challenger.add(error, reply)
    keepExtras(error, reply)
    hooks.notify('onFailure', error, request)
    return error as Error
  }
}

/**
 * What a log may hold of an error: the text of its cause. Ours hold no token and no claims; what a host's
 * hook or function throws is the host's own text.
 */
export function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined
  return cause instanceof Error ? cause.message : undefined
}
