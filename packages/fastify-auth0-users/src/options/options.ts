import { type AdminOptions, type ResolvedAdminOptions, resolveAdminOptions } from '../admin/options.ts'
import { type Auth0PushOptions, type ResolvedAuth0Push, resolveAuth0Push } from '../auth0/options.ts'
import type { ChangeFeed } from '../change-feed/feed.ts'
import type { ClaimsOptions } from '../claims/mapping.ts'
import { pipeToDot, type UsernameRule } from '../claims/username.ts'
import type { DatabaseOption, TableOptions } from '../db/handle.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Hooks } from '../http/request-hooks.ts'
import {
  type ResolvedResourceMetadata,
  type ResourceMetadataOptions,
  resolveResourceMetadata,
} from '../http/resource-metadata.ts'
import type { ProtectMode } from '../http/route-policy.ts'
import type { Clock } from '../lib/clock.ts'
import { checkOptions } from '../lib/option-check.ts'
import { withDefaults } from '../lib/option-schema.ts'
import {
  type OrganizationsOptions,
  type ResolvedOrganizations,
  resolveOrganizations,
} from '../organizations/options.ts'
import { type OutboxOptions, type ResolvedOutboxOptions, resolveOutboxOptions } from '../outbox/options.ts'
import { type Catalogue, createCatalogue } from '../permissions/catalogue.ts'
import type { StepUp, StepUpLevels } from '../permissions/step-up.ts'
import { type PrivacyOptions, type ResolvedPrivacyOptions, resolvePrivacyOptions } from '../privacy/options.ts'
import { type ProfileOptions, type ResolvedProfileOptions, resolveProfileOptions } from '../profile/options.ts'
import type { DpopReplay } from '../token/dpop/shared-replay.ts'
import { normaliseIssuer } from '../token/issuer.ts'
import { jwksSchema } from '../token/options.ts'
import type { DpopMode, Issuer, JwksOptions, SharedCache, SharedKeyStore, TokenType } from '../token/types.ts'
import type { Permission } from '../types.ts'
import { type CacheOptions, cacheSchema, defaultCacheTtl } from './cache.ts'
import { checkPermissionNames } from './claims.ts'
import { type MethodOptions, type ResolvedMethods, resolveMethods } from './methods.ts'
import { optionsSchema } from './schema.ts'
import { resolveStepUp } from './step-up.ts'
import { checkTestModes } from './test-mode.ts'
import { type PeopleOptions, usersSchema } from './users.ts'

/** What a host passes to `app.register`. All durations are seconds. */
export interface Auth0UsersOptions {
  /**
   * The Auth0 tenant's domain, for instance `tenant.eu.auth0.com`. May carry a scheme; plain `http`
   * is accepted for loopback hosts only. Required unless `issuers` is given.
   */
  readonly domain?: string
  /** The API identifier; with a list any one of them must be in the token. Required unless `issuers` is given. */
  readonly audience?: string | readonly string[]
  /** Several accepted issuers (a tenant with custom domains), instead of `domain` and `audience`. */
  readonly issuers?: readonly { readonly domain: string; readonly audience: string | readonly string[] }[]
  /** The host's Kysely handle, or one for writes and one for lists. */
  readonly db: DatabaseOption
  /** Where the tables live. @default the search path, with the prefix `accounts_` */
  readonly tables?: TableOptions
  /** HS256 with a shared secret of 32 bytes or more, where `NODE_ENV` is `test` or `development`. @default none */
  readonly test?: { readonly secret: string }
  /** How signing keys are fetched and kept. */
  readonly jwks?: Partial<JwksOptions> & {
    /**
     * A store shared by processes, for instance `app.cache` of `@fastify/caching`. Its entries count only under the HMAC of
     * `secret`, 32 bytes or more; without a secret it is not used.
     *
     * @default false
     */
    readonly cache?: SharedCache | { readonly store: SharedCache; readonly secret: string } | false
  }
  /** Leeway for `exp`, `nbf` and `iat`, in seconds, at most 300. @default 5 */
  readonly clockTolerance?: number
  /** `at+jwt` demands the token type of RFC 9068. @default 'any' */
  readonly tokenType?: TokenType
  /**
   * Proof of possession (RFC 9449). With `replay` several processes refuse a proof that one of them has seen.
   *
   * @default 'accept'
   * @example
   * { dpop: { mode: 'require', replay: databaseReplay(db) } }
   */
  readonly dpop?: DpopMode | { readonly mode?: DpopMode; readonly replay?: DpopReplay }
  /** Turns a `sub` into a username. @default pipes become dots */
  readonly username?: UsernameRule
  /** Which claims fill which columns. */
  readonly claims?: ClaimsOptions
  /** How rows of users are made and kept in step with tokens. */
  readonly users?: PeopleOptions
  /** What is kept in memory, and for how long. */
  readonly cache?: CacheOptions
  /** Lifecycle hooks; several of a name run in order. */
  readonly hooks?: { readonly [Name in keyof Hooks]?: Hooks[Name] | readonly Hooks[Name][] }
  /** The profile and its routes; `false` for none. */
  readonly profile?: ProfileOptions | false
  /** Routes for staff: users, groups, grants, audit. @default false */
  readonly admin?: AdminOptions | false
  /** Export and erasure. */
  readonly privacy?: PrivacyOptions
  /** The catalogue: every permission that exists. @default [] */
  readonly permissions?: readonly Permission[]
  /** Organizations with members, roles, grants and invitations. @default off */
  readonly organizations?: OrganizationsOptions
  /** The ways to sign in besides access tokens; each is off unless it is named. */
  readonly methods?: MethodOptions
  /** What Auth0 pushes: events, log records, logouts. @default nothing is received */
  readonly auth0?: Auth0PushOptions
  /** The outbox of committed changes; `true`, or an object, writes it before anything subscribes. @default false */
  readonly outbox?: boolean | OutboxOptions
  /** Publishes how clients get a token (RFC 9728), and names the document in challenges. @default not published */
  readonly resourceMetadata?: ResourceMetadataOptions
  /** `declared`: only routes that declare `auth` are protected. @default 'all' */
  readonly protect?: ProtectMode
  /**
   * Step-up levels by name, for `stepUp: 'strong'` on routes and in `request.auth.requireStepUp`.
   *
   * @default {}
   * @example
   * ```ts
   * const acr = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor'
   * await app.register(auth0Users, { ...options, stepUp: { strong: { acr, maxAge: 300 } } })
   * ```
   */
  readonly stepUp?: StepUpLevels
  /** The clock, in milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: Clock
}

/** The same, checked, complete and frozen. */
export interface ResolvedOptions {
  readonly issuers: readonly Issuer[]
  readonly db: DatabaseOption
  readonly tables: TableOptions
  readonly test: { readonly secret: string } | null
  readonly jwks: JwksOptions
  readonly sharedCache: SharedKeyStore | null
  readonly clockTolerance: number
  readonly tokenType: TokenType
  readonly dpop: DpopMode
  readonly dpopReplay: DpopReplay | null
  readonly username: UsernameRule
  readonly claims: ClaimsOptions
  readonly users: Required<PeopleOptions>
  readonly cache: Required<Omit<CacheOptions, 'changes'>> & {
    readonly changes: ChangeFeed | null
  }
  readonly hooks: NonNullable<Auth0UsersOptions['hooks']>
  readonly profile: ResolvedProfileOptions | false
  readonly privacy: ResolvedPrivacyOptions
  readonly admin: ResolvedAdminOptions | false
  readonly catalogue: Catalogue
  /** Null where they are off. */
  readonly organizations: ResolvedOrganizations | null
  readonly methods: ResolvedMethods
  readonly auth0: ResolvedAuth0Push
  readonly outbox: ResolvedOutboxOptions
  readonly resourceMetadata: ResolvedResourceMetadata | null
  readonly protect: ProtectMode
  readonly stepUp: Readonly<Record<string, StepUp | undefined>>
  readonly now: Clock
}

/** Options with a default that applies whatever else is given. */
type DefaultedOptions = Required<
  Pick<Auth0UsersOptions, 'clockTolerance' | 'tokenType' | 'dpop' | 'protect' | 'permissions'>
>

/**
 * Checks the options and completes them. The host's object is not changed.
 *
 * @throws Auth0UsersError `A0U_OPTIONS_INVALID` naming every fault at once.
 */
export function resolveOptions(all: Auth0UsersOptions): ResolvedOptions {
  const faults: Fault[] = []
  // Rules are checked for what has the right shape, so that one error names every fault.
  const given = checkOptions(optionsSchema, all, '', faults) as unknown as Auth0UsersOptions
  if (faults.length === 0) checkTogether(given, faults)
  const { cache: sharedCache = false, ...jwks } = given.jwks ?? {}
  const { clockTolerance, tokenType, dpop, protect, permissions } = withDefaults<DefaultedOptions>(optionsSchema, given)
  const catalogue = createCatalogue(permissions, faults)
  const rows = given.users?.provision !== false
  checkPermissionNames(given.claims, catalogue, faults)
  const resolved: ResolvedOptions = {
    issuers: resolveIssuers(given, faults),
    db: given.db,
    tables: given.tables ?? {},
    test: given.test ?? null,
    jwks: withDefaults(jwksSchema, jwks),
    sharedCache: sharedCache === false ? null : keyStoreOf(sharedCache),
    clockTolerance,
    tokenType,
    dpop: typeof dpop === 'string' ? dpop : (dpop.mode ?? 'accept'),
    dpopReplay: typeof dpop === 'string' ? null : (dpop.replay ?? null),
    username: given.username ?? pipeToDot,
    claims: given.claims ?? {},
    users: withDefaults(usersSchema, given.users),
    cache: resolveCache(given.cache),
    hooks: given.hooks ?? {},
    profile: given.profile === false ? false : resolveProfileOptions(given.profile, faults),
    privacy: resolvePrivacyOptions(given.privacy),
    admin: resolveAdminOptions(given.admin),
    catalogue,
    organizations: resolveOrganizations(given.organizations, catalogue, rows, faults),
    methods: resolveMethods(given.methods, rows, faults),
    auth0: resolveAuth0Push(given.auth0, rows, faults),
    outbox: resolveOutboxOptions(given.outbox),
    resourceMetadata: resolveResourceMetadata(given.resourceMetadata, faults),
    protect,
    stepUp: resolveStepUp(given.stepUp, faults),
    now: given.now ?? Date.now,
  }
  throwFaults(faults)
  return Object.freeze(resolved)
}

function throwFaults(all: readonly Fault[]): void {
  const faults = all.filter(({ field }, at) => all.findIndex(other => other.field === field) === at)
  if (faults.length > 0) throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
}

/** Rules between options. */
function checkTogether(given: Auth0UsersOptions, faults: Fault[]): void {
  if (given.db === undefined) faults.push({ field: 'db', message: 'is required: pass your Kysely handle' })
  if (given.issuers === undefined) {
    if (given.domain === undefined)
      faults.push({ field: 'domain', message: 'is required, for instance tenant.eu.auth0.com' })
    if (given.audience === undefined)
      faults.push({ field: 'audience', message: "is required: the API's identifier at Auth0" })
  } else if (given.domain !== undefined || given.audience !== undefined) {
    faults.push({ field: 'issuers', message: 'replaces domain and audience; pass one or the other' })
  }
  const { basic, session } = given.methods ?? {}
  const named = {
    test: given.test !== undefined,
    'methods.basic': basic !== undefined && basic !== false,
    'methods.session.insecureLoopback': typeof session === 'object' && session.insecureLoopback === true,
  }
  checkTestModes(named, given.test?.secret, faults)
  checkKeyStore(given.jwks?.cache, faults)
}

/** The store of shared key sets, and the secret that signs what is in it. */
function checkKeyStore(given: NonNullable<Auth0UsersOptions['jwks']>['cache'], faults: Fault[]): void {
  if (given === undefined || given === false) return
  const { store, secret } = keyStoreOf(given)
  if (typeof store?.get !== 'function' || typeof store.set !== 'function') {
    faults.push({ field: 'jwks.cache', message: 'must be a store with get and set, or { store, secret } with one' })
  }
  if (secret === null || (typeof secret === 'string' && Buffer.byteLength(secret) >= 32)) return
  faults.push({ field: 'jwks.cache.secret', message: 'must be 32 bytes or more (not shown)' })
}

/** A store alone has no secret by which its entries could be verified. */
function keyStoreOf(given: SharedCache | { readonly store: SharedCache; readonly secret: string }): SharedKeyStore {
  return 'store' in given ? { store: given.store, secret: given.secret } : { store: given, secret: null }
}

function resolveIssuers(given: Auth0UsersOptions, faults: Fault[]): Issuer[] {
  const { domain, audience } = given
  const pairs = given.issuers ?? (domain === undefined || audience === undefined ? [] : [{ domain, audience }])
  return pairs.map((pair, index) => ({
    issuer: normaliseIssuer(pair.domain, given.issuers === undefined ? 'domain' : `issuers.${index}.domain`, faults),
    audience: typeof pair.audience === 'string' ? [pair.audience] : [...pair.audience],
  }))
}

function resolveCache(given: CacheOptions | undefined): ResolvedOptions['cache'] {
  const changes = given?.changes ?? null
  return {
    ...withDefaults<ResolvedOptions['cache']>(cacheSchema, { ...given, ttl: given?.ttl ?? defaultCacheTtl(changes) }),
    changes,
  }
}
