import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import {
  type CompiledRequirement,
  compileRequirement,
  type RouteAuth,
  type RouteRequirement,
} from '../permissions/requirement.ts'
import type { StepUp } from '../permissions/step-up.ts'
import { hasOwnCredentials } from '../wire/own-credentials.ts'
import { type Conditions, type ConditionsOptions, conditionsOf } from './conditions.ts'
import { createScopeDefaults } from './scope-defaults.ts'

/** Whether routes are protected unless they say `auth: false`, or only those that declare `auth`. */
export type ProtectMode = 'all' | 'declared'

/** A requirement with the rules that were made for its route. */
export interface GuardedRequirement extends CompiledRequirement {
  readonly conditions: Conditions
}

/** What http/ does at a route: `null` = public. */
export type RoutePolicy = GuardedRequirement | null

/** A route and who may call it, for review and snapshots. */
export interface RouteListing {
  readonly method: string
  readonly url: string
  /** As declared, with the defaults of its scope. */
  readonly auth: RouteAuth
  /** All of these are needed, the one of the model included. */
  readonly permissions: readonly string[]
}

/** Decides the policy of each route once and hands it out by the route's `config` object. */
export interface RoutePolicies {
  /** For `onRoute`. Throws `A0U_ROUTE_INVALID` when the declaration is wrong. */
  declare(scope: FastifyInstance, route: RouteOptions): RoutePolicy
  /** The policy of the route that a request was matched to; `false`: it checks credentials of its own. */
  of(request: FastifyRequest): RoutePolicy | false
  /** What routes of this scope ask for unless they say otherwise. */
  setDefaults(scope: FastifyInstance, requirement: RouteRequirement): void
  /** Routes seen so far. */
  readonly routes: readonly RouteListing[]
  /** Whether any route has an object rule. */
  readonly anyCheck: boolean
}

export interface RoutePoliciesOptions {
  readonly mode: ProtectMode
  readonly catalogue: Catalogue
  /** Whether there are profiles that a route can ask to be complete. */
  readonly profiles: boolean
  /** Whether there are organizations that a route can ask for. */
  readonly organizations: boolean
  /** Step-up levels by name. */
  readonly levels: Readonly<Record<string, StepUp | undefined>>
  readonly conditions: ConditionsOptions
}

export function createRoutePolicies(options: RoutePoliciesOptions): RoutePolicies {
  const { mode, catalogue, profiles, organizations, levels } = options
  const byConfig = new WeakMap<object, RoutePolicy | false>()
  const defaults = createScopeDefaults()
  const routes: RouteListing[] = []
  const listed = new Set<string>()
  let anyCheck = false

  /** Answers whether any of the routes is new to the list. */
  function list(methods: readonly string[], url: string, auth: RouteAuth, policy: RoutePolicy): boolean {
    const added = methods.filter(method => !listed.has(`${method} ${url}`))
    for (const method of added) {
      listed.add(`${method} ${url}`)
      routes.push({ method, url, auth, permissions: needed(policy, method) })
    }
    return added.length > 0
  }

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
    const requirement = compileRequirement(given, methods, catalogue, faults, levels)
    if (requirement.completeProfile && !profiles) {
      faults.push({ field: 'auth.profile', message: 'asks for profiles, which the option profile switched off' })
    }
    if (requirement.organization !== null && !organizations) {
      faults.push({ field: 'auth.organization', message: 'requires the option organizations' })
    }
    if (faults.length > 0) throw invalid(where, faults)
    anyCheck ||= requirement.check !== null
    return { ...requirement, conditions: conditionsOf(requirement, options.conditions) }
  }

  /**
   * Fastify makes the route's final config a copy, so the policy is looked up again at the first
   * request; that also covers routes that were declared before the plugin had loaded.
   */
  function settle(request: FastifyRequest, config: object): RoutePolicy | false {
    const { method, url } = request.routeOptions
    const auth = effective((config as { auth?: unknown }).auth)
    const policy = compile(auth, asMethods(method), `${String(method)} ${url ?? ''}`)
    const settled = policy === null && hasOwnCredentials(config) ? false : policy
    byConfig.set(config, settled)
    if (list(asMethods(method), url ?? '', auth, policy)) {
      request.log.warn(
        { event: 'route.declared_early', route: url },
        'a route was declared before fastify-auth0-users had loaded; await its registration',
      )
    }
    return settled
  }

  return {
    routes,
    get anyCheck() {
      return anyCheck
    },
    setDefaults(scope, requirement) {
      compile(requirement, [], 'defaults')
      defaults.set(scope, requirement)
    },
    declare(scope, route) {
      const methods = asMethods(route.method)
      const own: { auth?: unknown } = route.config ?? {}
      const withDefaults = defaults.apply(scope, own.auth)
      if (withDefaults !== own.auth) route.config = { ...route.config, auth: withDefaults as RouteAuth }
      const auth = effective(withDefaults)
      const policy = compile(auth, methods, `${methods.join(',')} ${route.url}`)
      list(methods, route.url, auth, policy)
      return policy
    },
    of(request) {
      const { config } = request.routeOptions
      const policy = byConfig.get(config)
      return policy === undefined ? settle(request, config) : policy
    },
  }
}

function needed(policy: RoutePolicy, method: string): readonly string[] {
  const ofModel = policy?.byMethod?.get(method)
  return [...(policy?.permissions ?? []), ...(ofModel === undefined ? [] : [ofModel])]
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
