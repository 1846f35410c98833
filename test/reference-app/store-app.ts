import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Test } from 'tap'
import { type AppOptions, buildApp } from '#app/app.js'
import type { DatabaseName, Databases } from '#app/databases/databases.js'
import type { Permission, User } from '#plugin/index.js'
import { localIssuer } from '../helpers/app.ts'
import { declareDatabases } from './databases.ts'

export interface Answer<Body> {
  readonly status: number
  readonly body: Body
  readonly headers: Readonly<Record<string, unknown>>
}

/** Somebody who is signed in. */
export interface Caller {
  readonly id: string
  readonly authorization: string
  // biome-ignore lint/suspicious/noExplicitAny: tests compare bodies with `match`
  get<Body = any>(path: string): Promise<Answer<Body>>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  send<Body = any>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Answer<Body>>
}

export interface Rights {
  readonly permissions?: readonly Permission[]
  readonly flags?: Partial<Pick<User, 'is_staff' | 'is_superuser' | 'is_platform'>>
}

export interface StoreApp {
  readonly app: FastifyInstance
  readonly databases: Databases
  readonly urls: Readonly<Partial<Record<DatabaseName, string>>>
  /** For another app with the same issuer. */
  readonly auth: AppOptions['auth']
  /** Signs in; the person has these rights from the first request on. */
  person(name: string, rights?: Rights): Promise<Caller>
  /** The same person with an API token. */
  withApiToken(caller: Caller): Promise<Caller>
}

/** The reference app on a real database each, with an issuer of its own; all of it ends with the test. */
export async function storeApp(
  t: Test,
  names: readonly DatabaseName[],
  options: Partial<AppOptions> = {},
): Promise<StoreApp> {
  const { databases, urls } = await declareDatabases(t, ...names)
  const issuer = await localIssuer(t)
  const [audience = ''] = [issuer.audience].flat()
  const auth = { domain: issuer.domain, audience }
  const app = await buildApp({ databases, auth, ...options })
  t.teardown(() => app.close())
  await app.ready()
  return {
    app,
    databases,
    urls,
    auth,
    async person(name, rights = {}) {
      const claims = { sub: `auth0|${name}`, email: `${name}@example.test`, email_verified: true, given_name: name }
      const authorization = `Bearer ${await issuer.token(claims)}`
      const me = await app.inject({ url: '/api/v1/me', headers: { authorization } })
      const { id } = me.json<{ user: { id: string } }>().user
      await grant(databases, id, rights)
      app.auth0Users.evict(id)
      return caller(app, id, authorization)
    },
    async withApiToken({ id }) {
      const { text } = await app.auth0Users.apiTokens.create({ userId: id, name: 'a test' })
      return caller(app, id, `Token ${text}`)
    },
  }
}

async function grant({ default: db }: Databases, id: string, { permissions = [], flags = {} }: Rights): Promise<void> {
  for (const permission of permissions) {
    await sql`insert into accounts_user_permission (user_id, permission) values (${id}, ${permission})`.execute(db)
  }
  if (Object.keys(flags).length > 0) await db.updateTable('accounts_user').set(flags).where('id', '=', id).execute()
}

function caller(app: FastifyInstance, id: string, authorization: string): Caller {
  const request = async <Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> => {
    const answer = await app.inject({
      method: method as 'GET',
      url: `/api/v1${path}`,
      headers: { authorization },
      ...(body === undefined ? {} : { payload: body as object }),
    })
    const isJson = String(answer.headers['content-type']).includes('json')
    return {
      status: answer.statusCode,
      body: (isJson ? answer.json() : answer.body) as Body,
      headers: answer.headers,
    }
  }
  return { id, authorization, get: path => request('GET', path), send: request }
}
