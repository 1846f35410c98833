import type { FastifyInstance } from 'fastify'
import { adminRoutes } from './admin/admin.routes.ts'
import type { ResolvedAdminOptions } from './admin/options.ts'
import './augment.ts'
import { createGrantService, type GrantServiceDeps } from './permissions/grant-service.ts'
import { createGroups } from './permissions/groups.ts'

/** The routes for staff with the services behind them; the app is decorated with `auth0Users` before. */
export async function registerAdmin(
  app: FastifyInstance,
  options: ResolvedAdminOptions,
  deps: GrantServiceDeps,
): Promise<void> {
  const { databases, catalogue } = deps
  const { users, apiTokens: tokens, sessions } = app.auth0Users
  const [grants, groups] = [createGrantService(deps), createGroups(deps)]
  await app.register(adminRoutes(options, { databases, catalogue, users, grants, groups, tokens, sessions }))
}
