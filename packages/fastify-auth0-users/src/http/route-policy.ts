import type { FastifyRequest, RouteOptions } from 'fastify'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import { type CompiledRequirement, compileRequirement, type RouteAuth } from '../permissions/requirement.ts'

/** Whether routes are protected unless they say `auth: false`, or only those that declare `auth`. */
export type ProtectMode = 'all' | 'declared'

/** What http/ does at a route: `null` = public. */
export type RoutePolicy = CompiledRequirement | null

/** A route and who may call it, for review and snapshots. */
export interface RouteListing {
  readonly method: string
  readonly url: string
  readonly auth: RouteAuth
}

/** Decides the policy of each route once and hands it out by the route's `config` object. */
export interface RoutePolicies {
  /** For `onRoute`. Throws `A0U_ROUTE_INVALID` when the declaration is wrong. */
  declare(route: RouteOptions): void
  /** The policy of the route that a request was matched to. */
  of(request: FastifyRequest): RoutePolicy
  /** Routes seen so far. */
  readonly routes: readonly RouteListing[]
}

export function createRoutePolicies(mode: ProtectMode, catalogue: Catalogue): RoutePolicies {
  const byConfig = new WeakMap<object, RoutePolicy>()
  const routes: RouteListing[] = []

  function effective(auth: unknown): RouteAuth {
    if (auth === undefined) return mode === 'all' ? {} : false
    return auth as RouteAuth
  }

  function compile(auth: RouteAuth, methods: readonly string[], where: string): RoutePolicy {
    if (auth === false) return null
    const faults: Fault[] = []
    const given = auth === true ? {} : auth
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw invalid(where, [{ field: 'auth', message: 'must be true, false or an object' }])
    }
    const requirement = compileRequirement(given, methods, catalogue, faults)
    if (faults.length > 0) throw invalid(where, faults)
    return requirement
  }

  /** Routes that were declared before the plugin had loaded are settled at their first request. */
  function settleLate(request: FastifyRequest, config: object): RoutePolicy {
    const { method, url } = request.routeOptions
    const auth = effective((config as { auth?: unknown }).auth)
    const policy = compile(auth, asMethods(method), `${String(method)} ${url ?? ''}`)
    byConfig.set(config, policy)
    return policy
  }

  return {
    routes,
    declare(route) {
      const methods = asMethods(route.method)
      // Fastify makes the route's final config a copy of this object, so the policy is looked up again there.
      const config: { auth?: unknown } = route.config ?? {}
      const auth = effective(config.auth)
      compile(auth, methods, `${methods.join(',')} ${route.url}`)
      for (const method of methods) routes.push({ method, url: route.url, auth })
    },
    of(request) {
      const { config } = request.routeOptions
      const policy = byConfig.get(config)
      return policy === undefined ? settleLate(request, config) : policy
    },
  }
}

function asMethods(method: unknown): readonly string[] {
  const list = Array.isArray(method) ? method : [method]
  return list.map(item => String(item).toUpperCase())
}

function invalid(where: string, faults: readonly Fault[]): Auth0UsersError {
  return new Auth0UsersError('A0U_ROUTE_INVALID', {
    faults: faults.map(fault => ({ field: `${where} ${fault.field}`, message: fault.message })),
  })
}
