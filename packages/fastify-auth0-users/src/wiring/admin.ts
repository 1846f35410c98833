import type { FastifyInstance } from 'fastify'
import { adminRoutes } from '../admin/admin.routes.ts'
import type { ResolvedAdminOptions } from '../admin/options.ts'
import type { ApiTokenService } from '../credentials/api-token.service.ts'
import type { SessionService } from '../credentials/session.service.ts'
import type { Clock } from '../lib/clock.ts'
import '../augment.ts'
import { createGrantService, type GrantServiceDeps } from '../permissions/grant.service.ts'
import { createGroups } from '../permissions/group.service.ts'

export interface AdminScopeDeps extends GrantServiceDeps {
  readonly profile: { readonly required: readonly string[] } | false
  readonly tokens: ApiTokenService
  readonly sessions: SessionService
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** The routes for staff with the services behind them; the app is decorated with `auth0Users` before. */
export async function registerAdmin(
  app: FastifyInstance,
  options: ResolvedAdminOptions,
  deps: AdminScopeDeps,
): Promise<void> {
  const { databases, catalogue, profile, tokens, sessions, now } = deps
  const required = profile === false ? [] : profile.required
  const { users } = app.auth0Users
  const [grants, groups] = [createGrantService(deps), createGroups(deps)]
  const services = { users, grants, groups, tokens, sessions }
  await app.register(adminRoutes(options, { databases, catalogue, ...services, required, now }))
}
