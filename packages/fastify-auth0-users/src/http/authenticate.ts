import type {
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerHookHandler,
  preParsingHookHandler,
} from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import type { HookRegistry } from '../hooks/registry.ts'
import type { Chain } from '../methods/chain.ts'
import type { MethodName, RequestAuth } from '../methods/request-auth.ts'
import { guard, type RequireComplete } from './guard.ts'
import { causeOf, type Refuse } from './refuse.ts'
import type { RequestHooks } from './request-hooks.ts'
import type { RoutePolicies, RoutePolicy } from './route-policy.ts'

export interface AuthenticateDeps {
  readonly chain: Chain
  readonly policies: RoutePolicies
  readonly requireComplete: RequireComplete
  readonly refuse: Refuse
  /** Counts who was let in, by the way of signing in. */
  readonly admitted: Record<MethodName, number>
  readonly hooks: HookRegistry<RequestHooks>
}

/** Both hooks that authenticate a request and check the guards of its route; each request runs one of them. */
export interface AuthenticateHooks {
  /**
   * Before parsing and validation, for all methods but OPTIONS. It calls `done` in the same turn for a
   * token seen before.
   */
  readonly onRequest: onRequestHookHandler
  /**
   * For OPTIONS on routes that serve it among other methods, or that declare `auth`: one step
   * later, so that CORS has responded to preflights, wherever it was registered.
   */
  readonly preParsing: preParsingHookHandler
}

export function authenticateHooks(deps: AuthenticateDeps): AuthenticateHooks {
  const { chain, policies, requireComplete, refuse, admitted, hooks } = deps

  function admit(request: FastifyRequest, auth: RequestAuth | null, policy: RoutePolicy): void {
    request.auth = auth
    if (policy === null) return
    if (auth === null) throw new Auth0UsersError('A0U_CREDENTIALS_MISSING')
    guard(auth, policy, request.method, requireComplete)
    admitted[auth.method]++
    hooks.notify('onAuthenticated', auth, request)
  }

  /** On a public route credentials only identify the caller; a failure refuses no request. */
  function settle(
    error: unknown,
    policy: RoutePolicy,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Error | undefined {
    if (policy !== null) return refuse(error, request, reply)
    request.log.debug(
      { event: 'credentials.ignored', cause: causeOf(error) },
      'credentials on a public route were not accepted',
    )
    return undefined
  }

  function authenticate(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    let policy: RoutePolicy | false
    try {
      policy = policies.of(request)
    } catch (error) {
      done(refuse(error, request, reply))
      return
    }
    if (policy === false) {
      done()
      return
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
      done(settle(error, policy, request, reply))
      return
    }
    done()
  }

  return {
    onRequest: function auth0UsersAuthenticate(request, reply, done) {
      if (request.is404 || request.method === 'OPTIONS') done()
      else authenticate(request, reply, done)
    },
    preParsing: function auth0UsersAuthenticateOptions(request, reply, payload, done) {
      if (request.method !== 'OPTIONS' || isExempt(request)) done(null, payload)
      else authenticate(request, reply, error => done(error ?? null, payload))
    },
  }
}

/** The `preHandler` hook: runs the object rule of the routes that have one, and is synchronous for all others. */
export function checkHook({ policies, refuse }: Pick<AuthenticateDeps, 'policies' | 'refuse'>): preHandlerHookHandler {
  return function auth0UsersCheck(request, reply, done) {
    if (!policies.anyCheck || isExempt(request)) return done()
    const policy = policies.of(request)
    const check = policy === false ? null : policy?.check
    if (check == null) return done()
    const settle = (allowed: unknown): void => {
      if (allowed === true) done()
      else done(refuse(new Auth0UsersError('A0U_PERMISSION_DENIED'), request, reply))
    }
    let answer: unknown
    try {
      answer = check(request)
    } catch (error) {
      return done(rethrown(error, request, reply))
    }
    if (!(answer instanceof Promise)) return settle(answer)
    answer.then(settle, (error: unknown) => done(rethrown(error, request, reply)))
  }

  /** Our own errors are refusals; others are the host's, for its error handler. */
  function rethrown(error: unknown, request: FastifyRequest, reply: FastifyReply): Error {
    return error instanceof Auth0UsersError ? refuse(error, request, reply) : (error as Error)
  }
}

/** An unknown route is a 404 for everybody, and routes for OPTIONS alone are left to CORS unless they declare `auth`. */
function isExempt(request: FastifyRequest): boolean {
  if (request.is404) return true
  if (request.method !== 'OPTIONS') return false
  const { method, config } = request.routeOptions
  return method === 'OPTIONS' && config.auth === undefined
}
