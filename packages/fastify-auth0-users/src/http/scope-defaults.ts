import type { FastifyInstance } from 'fastify'
import { isObject } from '../lib/json.ts'
import type { RouteAuth, RouteRequirement } from '../permissions/requirement.ts'

/** Requirements that a scope sets for the routes in it and in the scopes below. */
export interface ScopeDefaults {
  set(scope: FastifyInstance, requirement: RouteRequirement): void
  /**
   * What a route in `scope` asks for: each field that it does not name itself comes from the nearest scope
   * that names it. Undefined where neither the route nor a scope declares anything.
   */
  apply(scope: object, auth: unknown): unknown
}

export function createScopeDefaults(): ScopeDefaults {
  const byScope = new WeakMap<object, RouteRequirement>()

  /** Fastify makes an inner scope with the outer one as its prototype. */
  function of(scope: object | null): RouteRequirement | undefined {
    if (scope === null) return undefined
    const own = byScope.get(scope)
    const outer = of(Object.getPrototypeOf(scope) as object | null)
    return own === undefined ? outer : { ...outer, ...own }
  }

  return {
    set(scope, requirement) {
      byScope.set(scope, { ...byScope.get(scope), ...requirement })
    },
    apply(scope, auth): unknown {
      const defaults = of(scope)
      if (defaults === undefined || !inherits(auth)) return auth
      return { ...defaults, ...(typeof auth === 'object' ? auth : {}) }
    },
  }
}

/** A public route stays public, and a malformed declaration is reported as it was written. */
function inherits(auth: unknown): auth is RouteAuth | undefined {
  return auth === undefined || auth === true || isObject(auth)
}
