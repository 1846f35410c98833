import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import auth0Users, { type Auth0UsersOptions } from '#plugin/index.js'
import { type Claims, type LocalIssuer, startLocalIssuer, type TokenFaults } from '#plugin/testing/index.js'
import { type TestDatabase, testDatabase } from './postgres.ts'

/** An app with the plugin in it, its database and its issuer; all of them end with the test. */
export interface BuiltApp {
  readonly app: FastifyInstance
  readonly database: TestDatabase
  readonly issuer: LocalIssuer
  /** The value of an `Authorization` header. */
  bearer(claims?: Claims, faults?: TokenFaults): Promise<string>
  /** Listens on a free port of 127.0.0.1, once, and answers the origin, e.g. `http://127.0.0.1:43210`. */
  listen(): Promise<string>
  /** A request over TCP; `path` starts with a slash. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export interface BuildOptions {
  /** Over the defaults `domain`, `audience` and `db`. */
  readonly plugin?: Partial<Auth0UsersOptions>
  readonly fastify?: FastifyServerOptions
  /** Runs before the plugin is registered, e.g. to register other plugins. */
  readonly before?: (app: FastifyInstance) => unknown
  /** Adds routes after it. */
  readonly routes?: (app: FastifyInstance) => unknown
  /** One that another app of the same test uses too [a new one]. */
  readonly database?: TestDatabase
  readonly issuer?: LocalIssuer
}

/** Ready for `inject`, or for `fetch` over a real port. */
export async function build(t: Test, options: BuildOptions = {}): Promise<BuiltApp> {
  const issuer = options.issuer ?? (await localIssuer(t))
  const database = options.database ?? (await testDatabase(t))
  const app = Fastify({ logger: false, forceCloseConnections: true, ...options.fastify })
  t.teardown(() => app.close())
  await options.before?.(app)
  const { domain, audience } = issuer
  const where = options.plugin?.issuers === undefined ? { domain, audience } : {}
  await app.register(auth0Users, { ...where, db: database.db, ...options.plugin })
  await options.routes?.(app)
  await app.ready()
  const listen = lazyListen(app)
  return {
    app,
    database,
    issuer,
    bearer: async (claims, faults) => `Bearer ${await issuer.token(claims, faults)}`,
    listen,
    fetch: async (path, init) => fetch((await listen()) + path, init),
  }
}

/** A local issuer that ends with the test. Its key is shared with others in this process by default. */
export async function localIssuer(t: Test, options: Parameters<typeof startLocalIssuer>[0] = {}): Promise<LocalIssuer> {
  const issuer = await startLocalIssuer({ reuseKeys: true, ...options })
  t.teardown(() => issuer.close())
  return issuer
}

function lazyListen(app: FastifyInstance): () => Promise<string> {
  let origin: Promise<string> | undefined
  return () => {
    origin ??= app.listen({ port: 0, host: '127.0.0.1' })
    return origin
  }
}
