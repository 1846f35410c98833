import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import auth0Users, { type ChangeFeed } from 'fastify-auth0-users'
import { setAnswerHeaders } from './answer-headers.ts'
import { registerApi } from './api.ts'
import type { Databases } from './databases/databases.ts'
import type { DefaultDatabase } from './databases/tables.ts'
import { documentationPage, registerOpenApi } from './documentation.ts'
import { handleError } from './error-handler.ts'
import { createHooks } from './hooks.ts'
import type { Jobs } from './jobs/jobs.ts'
import { openQueue } from './jobs/queue.ts'
import { permissions, type staffPermissions } from './permissions.ts'
import { privacyOptions } from './privacy.ts'
import { Profile, requiredProfileFields } from './profile.ts'
import { allowPublicScopes } from './public-routes.ts'
import { configRoutes } from './routes/config.routes.ts'
import { healthRoutes } from './routes/health.routes.ts'
import { meRoutes } from './routes/me.routes.ts'
import { claimNamespace, webClient } from './stand-in/settings.ts'
import { pages } from './web/pages.ts'

/** Where the identity provider reports that a user has signed out. */
export const backchannelLogoutPath = '/api/v1/accounts/auth0/backchannel-logout'

export interface AppOptions {
  readonly databases: Databases
  readonly auth: AuthOptions
  /** What an event stream or log stream of the tenant authenticates itself with [none is received]. */
  readonly eventsSecret?: string | null
  /** Tells of changes in `default`, so that people can be kept in memory for minutes [none: for seconds]. */
  readonly changes?: ChangeFeed
  /** `host:port` of what the crawler may visit [none]. */
  readonly crawlerHosts?: readonly string[]
  /** Whether cookies are for https only [false: plain http is accepted on loopback]. */
  readonly production?: boolean
  readonly logger?: FastifyServerOptions['logger']
}

/** Who signs the access tokens, and for which API. */
export interface AuthOptions {
  readonly domain: string
  readonly audience: string
  readonly test?: { readonly secret: string }
  /** Of the web front end at the identity provider [that of the stand-in]. */
  readonly clientId?: string
  /** Whether it is the stand-in [false]. */
  readonly standIn?: boolean
}

declare module 'fastify-auth0-users' {
  interface Auth0UsersTypes {
    profile: Profile
    permission: (typeof permissions)[number] | (typeof staffPermissions)[number]
    database: DefaultDatabase
  }
}

/**
 * The whole application, ready for `listen` or `inject`. It opens no connection before it is used;
 * `databases` stay the caller's to close.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { databases, auth, crawlerHosts = [], logger = false } = options
  const { domain, audience, clientId = webClient.id, standIn = false } = auth
  const app = Fastify({
    logger,
    routerOptions: { ignoreTrailingSlash: true },
    // While it closes it goes on answering on the connections that it has.
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(handleError)
  await registerOpenApi(app)
  allowPublicScopes(app)
  setAnswerHeaders(app)

  const queue = openQueue(databases.default)
  await registerUsers(app, options, queue.jobs)
  await app.register(documentationPage)
  await app.register(healthRoutes)
  await app.register(configRoutes, { domain, audience, clientId, standIn })
  await app.register(meRoutes, { prefix: '/api/v1/me' })
  await registerApi(app, { databases, queue, crawlerHosts })
  await app.register(pages, { authDomain: domain })
  return app
}

/** The plugin: who may call, who they are, their profile, and the routes for staff. */
async function registerUsers(app: FastifyInstance, options: AppOptions, jobs: Jobs): Promise<void> {
  const { databases, auth, changes, eventsSecret = null, production = false } = options
  const { domain, audience, test, clientId = webClient.id } = auth
  await app.register(auth0Users, {
    domain,
    audience,
    ...(test === undefined ? {} : { test }),
    db: databases.default,
    permissions: [...permissions],
    profile: { schema: Profile, required: [...requiredProfileFields] },
    claims: {
      email: [`${claimNamespace}email`, 'email'],
      email_verified: [`${claimNamespace}email_verified`, 'email_verified'],
      first_name: [`${claimNamespace}given_name`, 'given_name'],
      last_name: [`${claimNamespace}family_name`, 'family_name'],
    },
    hooks: createHooks(jobs),
    privacy: privacyOptions(databases),
    admin: {},
    // A sign-out at Auth0, or at the stand-in, ends the sessions of the administration too.
    auth0: {
      events: eventsSecret === null ? false : { secret: eventsSecret },
      backchannelLogout: { clientId, path: backchannelLogoutPath },
    },
    methods: { token: { prefix: 'refapp_', routes: true }, session: { insecureLoopback: !production } },
    ...(changes === undefined ? {} : { cache: { changes } }),
  })
}
