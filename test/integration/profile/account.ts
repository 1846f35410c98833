import type { Test } from 'tap'
import type { PrivacyOptions } from '#plugin/privacy/options.js'
import type { ProfileOptions } from '#plugin/profile/options.js'
import { type BuildOptions, type BuiltApp, build } from '../../helpers/app.ts'

export const profilePath = '/api/v1/accounts/users/profile/'

/** The answer to a request, with its body read as JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly body: any
}

/** One signed-in person. */
export interface Person {
  readonly authorization: string
  get(path?: string): Promise<Answer>
  send(method: string, body: unknown, headers?: Record<string, string>, path?: string): Promise<Answer>
}

export interface AccountApp extends BuiltApp {
  person(sub: string, claims?: Record<string, unknown>): Promise<Person>
}

export interface AccountOptions extends BuildOptions {
  readonly profile?: ProfileOptions
  readonly privacy?: PrivacyOptions
  readonly now?: () => number
}

/** The plugin with the profile and privacy routes, on a database and an issuer of the test's own. */
export async function accountApp(
  t: Test,
  { profile, privacy, now, plugin, ...options }: AccountOptions = {},
): Promise<AccountApp> {
  const built = await build(t, {
    ...options,
    plugin: {
      ...plugin,
      ...(profile === undefined ? {} : { profile }),
      ...(privacy === undefined ? {} : { privacy }),
      ...(now === undefined ? {} : { now }),
    },
  })
  return { ...built, person: async (sub, claims = {}) => signedIn(built, await built.bearer({ sub, ...claims })) }
}

function signedIn({ app }: BuiltApp, authorization: string): Person {
  const request = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    payload?: string | Buffer,
  ): Promise<Answer> => {
    const response = await app.inject({
      method: method as 'GET',
      url: path,
      headers: { authorization, ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    const body = response.body === '' ? undefined : JSON.parse(response.body)
    return { status: response.statusCode, headers: response.headers, body }
  }
  return {
    authorization,
    get: (path = '') => request('GET', profilePath + path, {}),
    send: (method, body, headers = {}, path = '') =>
      request(
        method,
        profilePath + path,
        { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
          ? (body as string)
          : JSON.stringify(body),
      ),
  }
}
