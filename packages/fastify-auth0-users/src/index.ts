/**
 * `fastify-auth0-users`: Auth0 access tokens in, people of the host's own PostgreSQL out.
 *
 * ```ts
 * await app.register(auth0Users, { domain: 'tenant.eu.auth0.com', audience: 'https://api.example.com', db })
 * app.get('/whoami', request => request.getUser().username)
 * ```
 */

export type { AuditService } from './audit/audit.service.ts'
export type { AuditVerification, ChainHead } from './audit/chain.ts'
export type { ActingCredential, Actor } from './audit/event.ts'
export { auditValueHash } from './audit/value-hashes.ts'
export type { Augmented } from './augment.ts'
export type { Auth0EventsOptions, Auth0PushOptions, BackchannelLogoutOptions } from './auth0/options.ts'
export type { ChangeFeed, ChangeHandlers, FeedState } from './change-feed/feed.ts'
export { type PgChangeFeedOptions, type PgListenSource, pgChangeFeed } from './change-feed/pg.ts'
export type { PgListenClient } from './change-feed/pg-session.ts'
export { type PgliteListener, pgliteChangeFeed } from './change-feed/pglite.ts'
export type { ClaimName, ClaimSource, ClaimsOptions, MappedColumn } from './claims/mapping.ts'
export type { Principal } from './claims/principal.ts'
export type { ApiToken, ApiTokens, NewApiTokenRequest } from './credentials/api-token.service.ts'
export type { ApiTokenOptions, SessionOptions } from './credentials/options.ts'
export type { Session, Sessions } from './credentials/session.service.ts'
export { changeChannel } from './db/change-channel.ts'
export type { DatabaseOption, HostDatabase, HostTrx, TableOptions } from './db/handle.ts'
export type { Auth0UsersTables } from './db/schema.ts'
export { isUnavailable as isDatabaseUnavailable } from './db/unavailable.ts'
export type { Auth0Users } from './decorators.ts'
export { Auth0UsersError, type ErrorCode, type Fault } from './errors.ts'
export type { CacheHealth, DatabaseHealth, Health, HealthOptions } from './health/health.ts'
export { securitySchemes } from './http/openapi.ts'
export type { Hooks } from './http/request-hooks.ts'
export type { ResourceMetadataOptions } from './http/resource-metadata.ts'
export type { RouteListing } from './http/route-policy.ts'
export type { BasicOptions } from './methods/basic.ts'
export type { DelegatedActor, MethodName, RequestAuth } from './methods/request-auth.ts'
export { optionsFromEnv } from './options/env.ts'
export type { MethodOptions } from './options/methods.ts'
export type { Auth0UsersOptions } from './options/options.ts'
export type { AcceptedInvitation } from './organizations/accept.ts'
export type { InvitationContext, SentInvitation } from './organizations/hooks.ts'
export type { Invitation, NewInvitationRequest } from './organizations/invitation.ts'
export type {
  InvitationPage,
  InvitationRef,
  Invitations,
  IssuedInvitation,
} from './organizations/invitations.service.ts'
export type {
  Member,
  MemberPage,
  MemberRef,
  Members,
  OwnOrganization,
} from './organizations/members.service.ts'
export type { InvitationOptions, OrganizationProvision, OrganizationsOptions } from './organizations/options.ts'
export type { Organization } from './organizations/organization.ts'
export type {
  NewOrganizationRequest,
  OrganizationDirectory,
  OrganizationPage,
  OrganizationRecord,
  OrganizationUpdate,
} from './organizations/organizations.service.ts'
export type { Organizations } from './organizations/organizations.ts'
export type { RunTransaction, TransactionIdentity } from './organizations/transaction.ts'
export type {
  DeadLetter,
  OutboxDelivery,
  OutboxEntry,
  OutboxHandler,
  OutboxPayload,
  OutboxSubscriptionState,
} from './outbox/entry.ts'
export type { DeadLetterPage, OutboxOptions, OutboxPosition, SubscribeOptions, Unsubscribe } from './outbox/options.ts'
export type { Outbox } from './outbox/outbox.service.ts'
export { type ModelPermission, modelPermissions } from './permissions/catalogue.ts'
export type { ObjectCheck, PermissionModel, RouteAuth, RouteRequirement } from './permissions/requirement.ts'
export type { StepUp, StepUpLevels } from './permissions/step-up.ts'
export { default } from './plugin.ts'
export type { AnonymiseResult } from './privacy/anonymise.ts'
export type { EraseContributor, ErasureExtent, ExportContributor, PrivacyOptions } from './privacy/options.ts'
export type { Privacy, Purged, Retention } from './privacy/privacy.service.ts'
export type { ProfileOptions } from './profile/options.ts'
export type { Registrations } from './profile/registrations.ts'
export type { ActorLink } from './token/act.ts'
export { databaseReplay } from './token/dpop/database-replay.ts'
export { type DpopReplay, redisReplay } from './token/dpop/shared-replay.ts'
export type { FetchFailure, KeySetHealth, SharedCache, VerifiedClaims } from './token/types.ts'
export type { Auth0UsersTypes, Permission, Profile, StepUpName } from './types.ts'
export type {
  ListedUser,
  ReadOptions,
  SearchOptions,
  UserDirectory,
  UserPage,
} from './users/directory/directory.service.ts'
export type {
  ChangedUser,
  HookOrigin,
  MergedUsers,
  MergeOrigin,
  NewUserDraft,
  TrxHookContext,
  TrxMergeContext,
} from './users/hooks.ts'
export type { UserIdentities } from './users/identities.service.ts'
export type { User } from './users/user.ts'
export type { UserCacheHealth } from './users/users.service.ts'
