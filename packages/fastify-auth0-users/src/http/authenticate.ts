import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import type { Chain } from '../methods/chain.ts'
import type { RequestAuth } from '../methods/request-auth.ts'
import { counter } from '../telemetry.ts'
import type { HookRegistry } from '../users/hook-registry.ts'
import type { Challenger } from './challenge.ts'
import { guard } from './guard.ts'
import type { RequestHooks } from './request-hooks.ts'
import type { RoutePolicies, RoutePolicy } from './route-policy.ts'

export interface AuthenticateDeps {
  readonly chain: Chain
  readonly policies: RoutePolicies
  readonly challenger: Challenger
  readonly hooks: HookRegistry<RequestHooks>
}

const countRefusal = counter('requests.refused', 'Requests refused before their route, by code')

/**
 * The `onRequest` hook: before parsing and validation it settles who is asking and whether the
 * route lets them in. It calls `done` in the same turn for a token seen before.
 */
export function authenticateHook(deps: AuthenticateDeps): onRequestHookHandler {
  const { chain, policies, challenger, hooks } = deps

  function admit(request: FastifyRequest, auth: RequestAuth | null, policy: RoutePolicy): void {
    request.auth = auth
    if (policy === null) return
    if (auth === null) throw new Auth0UsersError('A0U_CREDENTIALS_MISSING')
    guard(auth, policy, request.method)
    hooks.notify('onAuthenticated', auth, request)
  }

  function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Error {
    const code = error instanceof Auth0UsersError ? error.code : 'error'
    countRefusal({ code })
    const level = error instanceof Auth0UsersError && error.statusCode < 500 ? 'info' : 'warn'
    request.log[level]({ code, cause: causeOf(error) }, 'request refused')
    challenger.add(error, reply)
    hooks.notify('onFailure', error, request)
    return error as Error
  }

  /** On a public route credentials only say who is asking; that they fail keeps nobody out. */
  function settle(
    error: unknown,
    policy: RoutePolicy,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Error | undefined {
    if (policy !== null) return refuse(error, request, reply)
    request.log.debug({ cause: causeOf(error) }, 'credentials on a public route were not accepted')
    return undefined
  }

  return function auth0UsersAuthenticate(request, reply, done) {
    // An unknown route is a 404 for everybody, and OPTIONS is left to CORS.
    if (request.is404 || request.method === 'OPTIONS') return done()
    let policy: RoutePolicy
    try {
      policy = policies.of(request)
    } catch (error) {
      return done(refuse(error, request, reply))
    }
    try {
      const answer = chain.authenticate(request)
      if (answer instanceof Promise) {
        answer
          .then(auth => admit(request, auth, policy))
          .then(
            () => done(),
            (error: unknown) => done(settle(error, policy, request, reply)),
          )
        return
      }
      admit(request, answer, policy)
    } catch (error) {
      return done(settle(error, policy, request, reply))
    }
    done()
  }
}

/** What a log may hold of an error: our code and the cause's own text, which never contains a token or claims. */
function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined
  return cause instanceof Error ? cause.message : undefined
}
