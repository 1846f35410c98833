import type { TSchema } from '@sinclair/typebox'
import type { Test } from 'tap'
import { type BuildOptions, type BuiltApp, build } from '../../helpers/app.ts'

export const prefix = '/api/v1/accounts/admin'

/** What the tests grant; the host's own catalogue. */
export const permissions = ['store.view_asset', 'store.delete_asset'] as const

export interface Flags {
  readonly is_active?: boolean
  readonly is_staff?: boolean
  readonly is_superuser?: boolean
  readonly is_platform?: boolean
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly body: any
}

/** Somebody with a row, flags and grants, and a way to ask as them. */
export interface Somebody {
  readonly id: string
  readonly sub: string
  send(method: string, path: string, body?: unknown): Promise<Answer>
}

export interface StaffApp extends BuiltApp {
  somebody(flags?: Flags, granted?: readonly string[]): Promise<Somebody>
  group(name: string, granted?: readonly string[]): Promise<string>
  /** A request with this `Authorization` header, or none. */
  send(authorization: string | undefined, method: string, path: string, body?: unknown): Promise<Answer>
  actions(userId: string): Promise<string[]>
  /** What a route says that it answers with 200; `path` as it was declared, without a final slash. */
  answerSchema(method: string, path: string): TSchema | undefined
}

/** The plugin with the routes for staff, on a database and an issuer of the test's own. */
export async function staffApp(t: Test, options: BuildOptions = {}): Promise<StaffApp> {
  const schemas = new Map<string, { response?: Record<number, TSchema> } | undefined>()
  const built = await build(t, {
    ...options,
    plugin: { admin: {}, permissions, ...options.plugin },
    before: app => {
      app.addHook(
        'onRoute',
        route =>
          void schemas.set(
            `${String(route.method)} ${route.url}`,
            route.schema as { response?: Record<number, TSchema> },
          ),
      )
    },
  })
  const { app, database } = built

  const send: StaffApp['send'] = async (authorization, method, path, body) => {
    const response = await app.inject({
      method: method as 'GET',
      url: prefix + path,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.body === '' ? undefined : JSON.parse(response.body),
    }
  }

  let count = 0
  return {
    ...built,
    send,
    answerSchema: (method, path) => schemas.get(`${method} ${prefix}${path}`)?.response?.[200],
    async somebody(flags = {}, granted = []) {
      const sub = `auth0|${++count}`
      const { id } = await database.db
        .insertInto('accounts_user')
        .values({ auth0_id: sub, username: `auth0.${count}`, email: `p${count}@example.test`, ...flags })
        .returning('id')
        .executeTakeFirstOrThrow()
      if (granted.length > 0) {
        await database.db
          .insertInto('accounts_user_permission')
          .values(granted.map(permission => ({ user_id: id, permission })))
          .execute()
      }
      const authorization = await built.bearer({ sub, email: `p${count}@example.test` })
      return { id, sub, send: (method, path, body) => send(authorization, method, path, body) }
    },
    async group(name, granted = []) {
      const { id } = await database.db
        .insertInto('accounts_group')
        .values({ name })
        .returning('id')
        .executeTakeFirstOrThrow()
      for (const permission of granted) {
        await database.db.insertInto('accounts_group_permission').values({ group_id: id, permission }).execute()
      }
      return id
    },
    async actions(userId) {
      const rows = await database.db
        .selectFrom('accounts_audit')
        .select('action')
        .where('user_id', '=', userId)
        .orderBy('id')
        .execute()
      return rows.map(row => row.action)
    },
  }
}
