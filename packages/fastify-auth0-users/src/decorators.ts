import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditService } from './audit/audit.service.ts'
import type { ApiTokens } from './credentials/api-token.service.ts'
import type { Sessions } from './credentials/session.service.ts'
import type { Health, HealthOptions } from './health/health.ts'
import type { Hooks } from './http/request-hooks.ts'
import type { RouteListing } from './http/route-policy.ts'
import type { Organizations } from './organizations/organizations.ts'
import type { RunTransaction } from './organizations/transaction.ts'
import type { Outbox } from './outbox/outbox.service.ts'
import type { RouteRequirement } from './permissions/requirement.ts'
import type { Privacy } from './privacy/privacy.service.ts'
import type { Registrations } from './profile/registrations.ts'
import type { KeySetHealth } from './token/types.ts'
import type { UserDirectory } from './users/directory/directory.service.ts'
import type { UserIdentities } from './users/identities.service.ts'
import type { UserCacheHealth } from './users/users.service.ts'

/** `app.auth0Users`. */
export interface Auth0Users {
  /** Adds a hook behind those of the same name. */
  addHook<Name extends keyof Hooks>(name: Name, hook: Hooks[Name]): void
  /** Every route in the plugin's scope and what it asks for; complete once the app is ready. */
  routes(): readonly RouteListing[]
  /** Those that anybody may call. */
  publicRoutes(): readonly RouteListing[]
  /**
   * What routes of this scope and of those inside it ask for, where they do not say otherwise themselves,
   * field by field. To be called before the routes are declared. Throws `A0U_ROUTE_INVALID`.
   */
  defaults(scope: FastifyInstance, requirement: RouteRequirement): void
  /** Tokens for `Authorization: Token …`. */
  readonly apiTokens: ApiTokens
  /** Sessions of browsers. */
  readonly sessions: Sessions
  /** People: find, search, deactivate, sign out, unlink and merge identities. */
  readonly users: UserDirectory & UserIdentities
  /** Organizations, their members, roles and grants. */
  readonly organizations: Organizations
  /**
   * Runs `work` in one transaction on the host's handle, with `app.user_id`, `app.organization_id` and `app.actor` set
   * for it alone, for row-level security.
   *
   * @example
   * ```ts
   * app.get('/orders', { config: { auth: { organization: true } } }, request =>
   *   app.auth0Users.transaction(request, async trx => await trx.selectFrom('accounts_user').select('id').execute()),
   * )
   * ```
   */
  readonly transaction: RunTransaction<FastifyRequest>
  /** Makes the next request of this person read their row again, in this process. */
  evict(userId: string): void
  /**
   * How keys, database, change feed and caches stand, and whether requests would fail; for health routes. Asks the
   * database, and fetches the key sets that a request would have to wait for. Never rejects.
   */
  health(options?: HealthOptions): Promise<Health>
  /** How the key set of each issuer stands. */
  keys(): readonly KeySetHealth[]
  /** How the cache of people and its change feed stand. */
  caches(): UserCacheHealth
  /** Anonymising people and deleting what is older than it has to be kept. */
  readonly privacy: Privacy
  /** How registrations go. */
  readonly registrations: Registrations
  /** The audit trail. */
  readonly audit: AuditService
  /** Passes committed changes on to other systems. */
  readonly outbox: Outbox
}
