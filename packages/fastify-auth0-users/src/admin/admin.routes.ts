import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { useStrictJson } from '../wire/strict-json.ts'
import type { AdminDeps } from './deps.ts'
import { groupRoutes } from './group.routes.ts'
import type { ResolvedAdminOptions } from './options.ts'
import { credentialRoutes, recordRoutes } from './record.routes.ts'
import { reportRoutes } from './report.routes.ts'
import { addAdminRoute } from './route.ts'
import { peopleRoutes } from './user.routes.ts'
import { validateStrictly } from './validation.ts'

/** A list of permissions takes the most. */
const bodyLimit = 262_144

/**
 * The routes for staff, each with and without the trailing slash. To be registered as it is: it makes
 * a scope of its own.
 */
export function adminRoutes({ prefix }: ResolvedAdminOptions, deps: AdminDeps): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    useStrictJson(scope, { bodyLimit, maxDepth: 2 })
    scope.setValidatorCompiler(validateStrictly)
    const routes = [
      ...peopleRoutes(deps),
      ...groupRoutes(deps),
      ...recordRoutes(deps),
      ...credentialRoutes(deps),
      ...reportRoutes(deps),
    ]
    for (const route of routes) addAdminRoute(scope, prefix, route)
  }
}
