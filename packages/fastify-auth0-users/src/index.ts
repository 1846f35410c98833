/**
 * `fastify-auth0-users`: Auth0 access tokens in, people of the host's own PostgreSQL out.
 *
 * ```ts
 * await app.register(auth0Users, { domain: 'tenant.eu.auth0.com', audience: 'https://api.example.com', db })
 * app.get('/whoami', request => request.getUser().username)
 * ```
 */
export type { Augmented } from './augment.ts'
export type { ClaimName, ClaimSource, ClaimsOptions, MappedColumn } from './claims/mapping.ts'
export type { Principal } from './claims/principal.ts'
export type { DatabaseOption, HostDatabase, HostTrx, TableOptions } from './db/handle.ts'
export type { Auth0UsersTables } from './db/schema.ts'
export type { Auth0Users } from './decorators.ts'
export { Auth0UsersError, type ErrorCode, type Fault } from './errors.ts'
export type { Hooks } from './http/request-hooks.ts'
export type { ResourceMetadataOptions } from './http/resource-metadata.ts'
export type { RouteListing } from './http/route-policy.ts'
export type { MethodName, RequestAuth } from './methods/request-auth.ts'
export type { Auth0UsersOptions } from './options.ts'
export { optionsFromEnv } from './options-env.ts'
export { type ModelPermission, modelPermissions } from './permissions/catalogue.ts'
export type { RouteAuth, RouteRequirement } from './permissions/requirement.ts'
export { default } from './plugin.ts'
export type { EraseContributor, ExportContributor, PrivacyOptions } from './privacy/options.ts'
export type { ProfileOptions } from './profile/options.ts'
export type { KeySetHealth, VerifiedClaims } from './token/types.ts'
export type { Auth0UsersTypes, Permission, Profile } from './types.ts'
export type { ChangedUser, HookOrigin, NewUserDraft, TrxHookContext } from './users/hooks.ts'
export type { User } from './users/user.ts'
