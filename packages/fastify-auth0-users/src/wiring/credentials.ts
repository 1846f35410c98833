import type { FastifyInstance } from 'fastify'
import { apiTokenRoutes } from '../credentials/api-token.routes.ts'
import { type ApiTokenService, createApiTokens, findApiToken } from '../credentials/api-token.service.ts'
import {
  type ResolvedApiTokenOptions,
  type ResolvedSessionOptions,
  resolveApiTokenOptions,
  resolveSessionOptions,
} from '../credentials/options.ts'
import { createTokenFormat } from '../credentials/secret.ts'
import { sessionRoutes } from '../credentials/session.routes.ts'
import { createSessions, findSession, type SessionService } from '../credentials/session.service.ts'
import { createSessionCookie } from '../credentials/session-cookie.ts'
import { createSessionUses, createTokenUses } from '../credentials/uses.ts'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { checkApiToken, createApiTokenMethod, unknownApiToken } from '../methods/api-token.ts'
import type { AuthContext } from '../methods/auth-context.ts'
import { type BasicOptions, createBasicMethod } from '../methods/basic.ts'
import { createCredentialAuth } from '../methods/credential-auth.ts'
import type { AuthenticationMethod } from '../methods/method.ts'
import { checkSession, createSessionMethod, unknownSession } from '../methods/session.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { Users } from '../users/users.service.ts'

/** How long a credential is used without asking the database again, in seconds; people may be kept for longer. */
const longestTtl = 5

export interface CredentialsDeps {
  readonly app: FastifyInstance
  readonly databases: Databases
  readonly users: Users
  readonly catalogue: Catalogue
  /** The ways to sign in beside access tokens; null is off. */
  readonly methods: {
    readonly token: ResolvedApiTokenOptions | null
    readonly session: ResolvedSessionOptions | null
    readonly basic: BasicOptions['users'] | null
  }
  readonly cache: {
    /** How many credentials of a kind are kept in memory. */
    readonly tokens: number
    /** How long people are kept, in seconds. */
    readonly ttl: number
  }
  readonly newScope: () => FastifyInstance
  readonly context: AuthContext
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** API tokens, sessions and Basic, as far as they are switched on. The services work in any case. */
export interface Credentials {
  readonly methods: readonly AuthenticationMethod[]
  readonly apiTokens: ApiTokenService
  readonly sessions: SessionService
  /** Adds their routes. */
  register(): Promise<void>
  /** How many of them wait for their last use to be written. */
  waiting(): number
  /** Writes the last uses that wait. */
  close(): Promise<void>
}

/** One way to sign in with the service behind it. */
interface Part<Service> {
  readonly service: Service
  readonly method: AuthenticationMethod | null
  register(): Promise<void>
  waiting(): number
  close(): Promise<void>
}

export async function createCredentials(deps: CredentialsDeps): Promise<Credentials> {
  const tokens = tokenPart(deps)
  const sessions = await sessionPart(deps)
  const { basic: people } = deps.methods
  const basic = people === null ? null : await createBasicMethod(deps.newScope, people, deps.users, deps.context)
  return {
    methods: [tokens.method, sessions.method, basic].filter(method => method !== null),
    apiTokens: tokens.service,
    sessions: sessions.service,
    async register() {
      await tokens.register()
      await sessions.register()
    },
    waiting: () => tokens.waiting() + sessions.waiting(),
    async close() {
      await Promise.all([tokens.close(), sessions.close()])
    },
  }
}

function tokenPart(deps: CredentialsDeps): Part<ApiTokenService> {
  const { app, databases, users, catalogue, cache, now } = deps
  const { token } = deps.methods
  const { prefix, maxPerUser, routes } = token ?? resolveApiTokenOptions({})
  const format = createTokenFormat(prefix)
  const uses = createTokenUses(databases, now, app.log)
  const auth = createCredentialAuth({
    ...{ context: deps.context, method: 'token', users, uses, cacheSize: cache.tokens, now, unknown: unknownApiToken },
    find: hash => findApiToken(databases, hash),
    check: credential => checkApiToken(credential, now()),
    ttl: Math.min(cache.ttl, longestTtl),
  })
  const service = createApiTokens({ databases, format, catalogue, maxPerUser, onEnded: auth.forget, now })
  return {
    service,
    method: token === null ? null : createApiTokenMethod(format, auth),
    async register() {
      if (token !== null && routes !== null) await app.register(apiTokenRoutes(service, routes))
    },
    waiting: () => uses.waiting,
    close: uses.close,
  }
}

async function sessionPart(deps: CredentialsDeps): Promise<Part<SessionService>> {
  const { app, databases, users, cache, now } = deps
  const { session } = deps.methods
  const options = session ?? resolveSessionOptions({})
  const uses = createSessionUses(databases, now, app.log)
  const auth = createCredentialAuth({
    ...{ context: deps.context, method: 'session', users, uses, cacheSize: cache.tokens, now, unknown: unknownSession },
    find: hash => findSession(databases, hash),
    check: (credential, entry, usedAt) => checkSession(credential, entry, usedAt, options, now()),
    ttl: Math.min(cache.ttl, longestTtl),
  })
  const { origins, insecureLoopback } = options
  const service = createSessions({ ...options, databases, onEnded: auth.forget, now })
  const ending = { waiting: () => uses.waiting, close: uses.close }
  if (session === null) return { service, method: null, register: async () => {}, ...ending }
  const cookie = await createSessionCookie(deps.newScope, insecureLoopback)
  return {
    service,
    method: createSessionMethod({ secretOf: cookie.secretOf, origins, credentials: auth }),
    async register() {
      await app.register(sessionRoutes({ sessions: service, cookie, options }))
    },
    ...ending,
  }
}
