import type { FastifySchema, RouteOptions } from 'fastify'
import type { MethodName } from '../permissions/requirement.ts'
import type { RoutePolicy } from './route-policy.ts'

/** The schemes of OpenAPI 3 for the ways to sign in, for `components.securitySchemes` of a host's document. */
export const securitySchemes = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  apiToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'The word Token, a space, and the API token',
  },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-a0u_session' },
  basic: { type: 'http', scheme: 'basic' },
} as const

const schemeOf: Readonly<Record<MethodName, keyof typeof securitySchemes>> = {
  jwt: 'accessToken',
  token: 'apiToken',
  session: 'session',
  basic: 'basic',
}

/** With what @fastify/swagger reads beside the schemas. */
interface DocumentedSchema extends FastifySchema {
  readonly security?: readonly unknown[]
}

/** Adds `security` and the responses 401 and 403 to the API pages of the routes of a scope. */
export interface RouteDocuments {
  /** For `onRoute`. */
  add(route: RouteOptions, policy: RoutePolicy): void
  /**
   * For `onReady`: Fastify has compiled the serialisers of all routes by then, so what is added here is
   * documentation only and can change no response. The host's own schema objects are not touched.
   */
  write(): void
}

/**
 * @param enabled the ways to sign in that are switched on.
 * @param always also documents routes without a schema (@fastify/swagger is there).
 */
export function createRouteDocuments(enabled: readonly MethodName[], always: () => boolean): RouteDocuments {
  const seen: (readonly [RouteOptions, RoutePolicy])[] = []
  return {
    add(route, policy) {
      seen.push([route, policy])
    },
    write() {
      for (const [route, policy] of seen.splice(0)) {
        if (route.schema === undefined && !always()) continue
        route.schema = documented(route.schema ?? {}, policy, enabled)
      }
    },
  }
}

function documented(given: DocumentedSchema, policy: RoutePolicy, enabled: readonly MethodName[]): DocumentedSchema {
  if (policy === null) return given.security === undefined ? { ...given, security: [] } : given
  const security = given.security ?? securityOf(policy, policy.methods ?? enabled)
  const response: Record<string, unknown> = { ...(given.response as object | undefined) }
  for (const [status, description] of Object.entries(refusals)) {
    if (Object.keys(response).some(own => covers(own, status))) continue
    response[status] = errorSchema(description)
  }
  return { ...given, security, response }
}

/** One entry for each way in; scopes are named where the route asks for them, one entry for each of `anyScope`. */
function securityOf({ scopes, anyScope }: NonNullable<RoutePolicy>, methods: readonly MethodName[]): object[] {
  const alternatives = anyScope.length === 0 ? [scopes] : anyScope.map(name => [...new Set([...scopes, name])])
  const asksForScopes = scopes.length + anyScope.length > 0
  const usable = asksForScopes ? methods.filter(method => method === 'jwt' || method === 'session') : methods
  return usable.flatMap(method => alternatives.map(names => ({ [schemeOf[method]]: names })))
}

const refusals = {
  '401': 'No credentials, or credentials that do not verify; see WWW-Authenticate',
  '403': 'Known, but not allowed',
}

function covers(own: string, status: string): boolean {
  return own === status || own === 'default' || own.toLowerCase() === '4xx'
}

function errorSchema(description: string): object {
  const text = { type: 'string' }
  const properties = { statusCode: { type: 'integer' }, code: text, error: text, message: text }
  return { description, type: 'object', properties, additionalProperties: true }
}
