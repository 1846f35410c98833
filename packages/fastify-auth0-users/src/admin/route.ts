import { type TObject, type TSchema, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import { canNow } from '../methods/auth.ts'
import type { BuiltInPermission } from '../permissions/built-in.ts'
import type { Authority } from '../permissions/grant-authority.ts'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'

/** A route for staff, as data: what it asks for, what it takes and what it returns. */
export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the prefix, without a final slash. */
  readonly path: string
  readonly permissions: readonly BuiltInPermission[]
  readonly summary: string
  readonly params?: TObject
  readonly query?: TObject
  readonly body?: TObject
  /** The body of the response with 200; absent: 204 without a body. */
  readonly answer?: TSchema
  readonly handler: (request: FastifyRequest) => Promise<unknown>
}

/** With what @fastify/swagger reads beside the schemas. */
interface DocumentedSchema extends FastifySchema {
  readonly summary: string
  readonly tags: readonly string[]
  readonly hide: boolean
}

/** Adds a route with and without the trailing slash; API pages show the first spelling only. */
export function addAdminRoute(scope: FastifyInstance, prefix: string, route: AdminRoute): void {
  const { method, permissions, handler, answer } = route
  for (const url of withAndWithoutSlash(scope, prefix + route.path)) {
    scope.route({
      method,
      url,
      config: { auth: { staff: true, principal: 'user', permissions } },
      schema: schemaOf(route, url.endsWith('/')),
      handler: async (request, reply) => {
        requireEverywhere(request, permissions)
        const result = await handler(request)
        return answer === undefined ? reply.code(204).send() : result
      },
    })
  }
}

/** These routes reach every organization, so what a membership grants does not count. Throws `A0U_PERMISSION_DENIED`. */
function requireEverywhere({ auth }: FastifyRequest, permissions: readonly string[]): void {
  if (permissions.every(permission => auth?.canEverywhere(permission) === true)) return
  throw new Auth0UsersError('A0U_PERMISSION_DENIED')
}

function schemaOf({ summary, params, query, body, answer }: AdminRoute, shown: boolean): DocumentedSchema {
  return {
    summary,
    tags: ['admin'],
    hide: !shown,
    ...(params === undefined ? {} : { params }),
    querystring: query ?? Type.Object({}, { additionalProperties: false }),
    ...(body === undefined ? {} : { body }),
    response: { ...(answer === undefined ? { 204: Type.Null() } : { 200: answer }), '4xx': errorSchema },
  }
}

/** The signed-in member of staff as the author of a change. */
export function authorityOf(request: FastifyRequest): Authority {
  const user = request.getUser()
  const { auth } = request
  const can = (permission: string): boolean => auth?.canEverywhere(permission) === true
  return {
    ...requestActor(request),
    superuser: user.is_superuser && can('accounts.change_superuser'),
    can,
    canNow: (permission, now) => auth !== null && canNow(auth, permission, now),
    needs: neededBy(request),
  }
}

/** The permissions that the route declares. */
function neededBy({ routeOptions }: FastifyRequest): readonly string[] {
  const { auth } = routeOptions.config
  const permissions = typeof auth === 'object' ? auth.permissions : undefined
  return permissions === undefined ? [] : typeof permissions === 'string' ? [permissions] : permissions
}

/** The person or group that the path names. */
export function idOf(request: FastifyRequest): string {
  return param(request, 'id')
}

export function param(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? ''
}
