import fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import './augment.ts'
import { createMapper } from './claims/mapping.ts'
import { claimsSchema } from './claims/options.ts'
import { changeChannel } from './db/change-channel.ts'
import { bindDatabases, type Databases } from './db/handle.ts'
import type { Auth0Users } from './decorators.ts'
import { Auth0UsersError } from './errors.ts'
import { createHealth } from './health/health.ts'
import { createHookRegistry, type HookRegistry } from './hooks/registry.ts'
import { type Challenger, createChallenger, dpopAlgorithms } from './http/challenge.ts'
import { completionRule } from './http/guard.ts'
import { protectRoutes } from './http/protect.ts'
import type { Hooks } from './http/request-hooks.ts'
import { resourceMetadataRoutes } from './http/resource-metadata.routes.ts'
import { type ResolvedResourceMetadata, resourceMetadata } from './http/resource-metadata.ts'
import { createRoutePolicies } from './http/route-policy.ts'
import { withDefaults } from './lib/option-schema.ts'
import { type Admit, createAdmit, type JwtSlot } from './methods/admit.ts'
import type { AuthContext } from './methods/auth-context.ts'
import { createChain } from './methods/chain.ts'
import { createJwtMethod } from './methods/jwt.ts'
import { type Auth0UsersOptions, type ResolvedOptions, resolveOptions } from './options/options.ts'
import { createOutbox } from './outbox/outbox.service.ts'
import { createDpop, type Dpop } from './token/dpop/dpop.ts'
import { createTokens } from './token/tokens.ts'
import type { Tokens } from './token/types.ts'
import { createActivity } from './users/activity/activity.ts'
import { recordActivity } from './users/activity/recorder.ts'
import { createDirectory } from './users/directory/directory.service.ts'
import { createIdentities } from './users/identities.service.ts'
import type { User } from './users/user.ts'
import { createUsers, type Users } from './users/users.service.ts'
import { registerAdmin } from './wiring/admin.ts'
import { registerAuth0 } from './wiring/auth0.ts'
import { createCredentials } from './wiring/credentials.ts'
import {
  type OrganizationWiringDeps,
  organizationServices,
  registerOrganizations,
  requestOrganizationsOf,
  usersExtrasOf,
} from './wiring/organizations.ts'
import { privacyServices } from './wiring/privacy.ts'
import { registerProfile, registrationsOf } from './wiring/profile.ts'
import { completionOf } from './wiring/userinfo.ts'

/** Proofs of possession remembered in this process. */
const dpopReplayCapacity = 200_000

/** How old a proof of possession may be, in seconds. */
const dpopMaxAge = 60

async function auth0Users(app: FastifyInstance, given: Auth0UsersOptions): Promise<void> {
  const options = resolveOptions(given)
  const hooks = createHookRegistry<Hooks>(app.log)
  addGivenHooks(hooks, options)

  const databases = bindDatabases(options.db, options.tables, app.log)
  const tokens = tokensOf(app, options)
  const dpop = dpopOf(app, options)
  const users = usersOf(app, databases, hooks, options)
  const organizing: OrganizationWiringDeps = {
    databases,
    options: options.organizations,
    catalogue: options.catalogue,
    hooks,
    now: options.now,
  }
  const challenger = challengerOf(options)
  const context = authContextOf(options, challenger)
  const admit = admitOf(options, users, context, organizing)
  const jwt = createJwtMethod({ tokens, dpop, dpopMode: options.dpop, admit })
  const credentials = await createCredentials({ ...options, app, databases, users, newScope, context })
  const outbox = createOutbox({ databases, tables: options.tables, log: app.log, options: options.outbox })
  const chain = createChain([jwt, ...credentials.methods])
  const { protect: mode, catalogue } = options
  const policies = createRoutePolicies({
    mode,
    catalogue,
    profiles: options.profile !== false,
    organizations: options.organizations !== null,
    levels: options.stepUp,
    conditions: { now: options.now, clockTolerance: options.clockTolerance },
  })

  app.decorateRequest('auth', null)
  app.decorateRequest('getUser', getUser)
  app.decorate('auth0Users', {
    addHook: hooks.add,
    routes: () => policies.routes,
    publicRoutes: () => policies.routes.filter(({ auth }) => auth === false),
    defaults: policies.setDefaults,
    apiTokens: credentials.apiTokens,
    sessions: credentials.sessions,
    users: {
      ...createDirectory(databases, { now: options.now }),
      ...createIdentities(databases, hooks),
    },
    ...organizationServices(organizing),
    evict: users.evict,
    health: createHealth({
      ...{ tokens, users, credentials, cache: options.cache, now: options.now },
      db: databases.primary,
      needsDatabase: options.users.provision !== false || credentials.methods.length > 0,
    }),
    keys: tokens.health,
    caches: users.caches,
    registrations: registrationsOf(options.profile, { databases, now: options.now }),
    outbox,
    ...privacyServices({ databases, options: options.privacy, now: options.now }),
  } satisfies Auth0Users)

  protectRoutes(app, { chain, policies, requireComplete: completionRule(options.profile), challenger, hooks })
  app.addHook('onReady', function auth0UsersReady(done) {
    const routes = app.auth0Users.publicRoutes().map(({ method, url }) => `${method} ${url}`)
    app.log.info({ event: 'routes.public', routes }, 'routes that need no authentication')
    users.watch()
    void outbox.start()
    done()
  })
  app.addHook('onClose', async function auth0UsersClose() {
    tokens.close()
    await outbox.close()
    await credentials.close()
    await users.close()
    await hooks.settled()
  })

  if (options.resourceMetadata !== null) await app.register(metadataRoutesOf(options, options.resourceMetadata))
  await credentials.register()
  const { sessions } = credentials
  await registerAuth0(app, { ...options, databases, hooks, tokens, sessions })
  const { profile, privacy, admin, now } = options
  if (profile !== false) await registerProfile(app, { databases, profile, privacy, now })
  await registerOrganizations(app, organizing)
  const staff = { databases, catalogue, profile, tokens: credentials.apiTokens, sessions, now }
  if (admin !== false) await registerAdmin(app, admin, staff)

  function getUser(this: FastifyRequest): User {
    if (this.auth?.user != null) return this.auth.user
    const error = new Auth0UsersError(this.auth === null ? 'A0U_CREDENTIALS_MISSING' : 'A0U_PERSON_REQUIRED')
    challenger.add(error, null)
    throw error
  }
}

function addGivenHooks(hooks: HookRegistry<Hooks>, options: ResolvedOptions): void {
  for (const [name, given] of Object.entries(options.hooks)) {
    for (const hook of Array.isArray(given) ? given : [given])
      hooks.add(name as keyof Hooks, hook as Hooks[keyof Hooks])
  }
}

/** For libraries that register themselves, so that they meet no registration of the host. */
function newScope(): FastifyInstance {
  return fastify({ logger: false })
}

function tokensOf(app: FastifyInstance, options: ResolvedOptions): Tokens<JwtSlot> {
  const { issuers, test, jwks, sharedCache, clockTolerance, tokenType, dpop, cache, now } = options
  return createTokens<JwtSlot>({
    ...{ issuers, test, jwks, clockTolerance, tokenType, dpop, now, sharedCache },
    cacheSize: cache.tokens,
    newScope,
    log: app.log,
  })
}

function dpopOf(app: FastifyInstance, options: ResolvedOptions): Dpop {
  const { now, clockTolerance, dpopReplay: replay } = options
  const replayCapacity = dpopReplayCapacity
  return createDpop({ now, clockTolerance, maxAge: dpopMaxAge, replayCapacity, replay, log: app.log })
}

function usersOf(
  { log }: FastifyInstance,
  databases: Databases,
  hooks: HookRegistry<Hooks>,
  options: ResolvedOptions,
): Users {
  const { username, now, cache } = options
  const { provision, update, emailConflict, activity } = options.users
  const { users: cacheSize, ttl, changes } = cache
  const channel = changeChannel(options.tables)
  const users = createUsers(databases, hooks, {
    username,
    now,
    provision,
    update,
    hashValues: options.privacy.hashValues,
    emailConflict,
    cacheSize,
    ttl,
    changes,
    channel,
    complete: completionOf(options),
    ...usersExtrasOf({ options: options.organizations, now }),
    log,
  })
  if (activity === false) return users
  return recordActivity(users, createActivity(databases.primary, { interval: activity, now, log }))
}

function challengerOf(options: ResolvedOptions): Challenger {
  const { issuers, resourceMetadata: metadata } = options
  return createChallenger(issuers[0]?.audience[0] ?? '', schemesOf(options), metadata?.url ?? null)
}

function authContextOf({ claims, stepUp, clockTolerance, now }: ResolvedOptions, challenger: Challenger): AuthContext {
  return {
    claims: withDefaults(claimsSchema, claims),
    levels: stepUp,
    clockTolerance,
    now,
    challenge: error => challenger.add(error, null),
  }
}

function admitOf(
  options: ResolvedOptions,
  users: Users,
  context: AuthContext,
  organizing: OrganizationWiringDeps,
): Admit {
  return createAdmit({
    users: options.users.provision === false ? null : users,
    mapClaims: createMapper(options.claims),
    claims: options.claims,
    catalogue: options.catalogue,
    machines: options.users.machine,
    organizations: requestOrganizationsOf(organizing),
    context,
    now: options.now,
  })
}

function metadataRoutesOf({ issuers, dpop }: ResolvedOptions, metadata: ResolvedResourceMetadata): FastifyPluginAsync {
  const names = issuers.map(({ issuer }) => issuer)
  const algorithms = dpop === 'off' ? [] : dpopAlgorithms
  return resourceMetadataRoutes(metadata.path, resourceMetadata(metadata, names, algorithms, dpop === 'require'))
}

function schemesOf({ dpop }: ResolvedOptions): readonly ('Bearer' | 'DPoP')[] {
  if (dpop === 'require') return ['DPoP']
  return dpop === 'off' ? ['Bearer'] : ['Bearer', 'DPoP']
}

/** The plugin, for `app.register`. Registering throws `A0U_OPTIONS_INVALID` with all faults; it opens no connection. */
const plugin: typeof auth0Users = fp(auth0Users, { name: 'fastify-auth0-users', fastify: '5.x' })
export default plugin
