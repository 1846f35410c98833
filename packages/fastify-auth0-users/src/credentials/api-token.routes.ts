import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { isObject } from '../lib/json.ts'
import type { Permission } from '../types.ts'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { useStrictJson } from '../wire/strict-json.ts'
import type { ApiTokens, NewApiTokenRequest } from './api-token.service.ts'

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * `GET`, `POST` and `DELETE :id/` of a person's own API tokens. An API token cannot use them, so that one
 * that leaked cannot make others. To be registered as it is: it makes a scope of its own.
 *
 * @param prefix without a final slash.
 */
export function apiTokenRoutes(apiTokens: ApiTokens, prefix: string): FastifyPluginAsync {
  const create: Handler = async (request, reply) => {
    const actor = requestActor(request)
    const { token, text } = await apiTokens.create({ ...readBody(request.body), userId: actor.actorId }, actor)
    reply.code(201)
    return { ...token, text }
  }
  const list: Handler = async request => ({ items: await apiTokens.list(request.getUser().id) })
  const revoke: Handler = async (request, reply) => {
    const actor = requestActor(request)
    await apiTokens.revoke((request.params as { id: string }).id, { userId: actor.actorId, actor })
    return reply.code(204).send()
  }

  return async scope => {
    useStrictJson(scope, { bodyLimit: 65_536, maxDepth: 3 })
    const auth = { principal: 'user', methods: ['jwt', 'session'] } as const
    const routes = [
      ['GET', prefix, list, { summary: 'Your API tokens', response: { 200: tokens, '4xx': errorSchema } }],
      ['POST', prefix, create, { summary: 'Make an API token; it is shown once', ...made }],
      ['DELETE', `${prefix}/:id`, revoke, { summary: 'Revoke an API token', ...revoked }],
    ] as const
    for (const [method, path, handler, schema] of routes) {
      for (const url of withAndWithoutSlash(scope, path)) {
        const documented = { ...schema, tags: ['API tokens'], hide: !url.endsWith('/') }
        scope.route({ method, url, config: { auth }, schema: documented, handler })
      }
    }
  }
}

const fields = new Set(['name', 'scopes', 'expires_in'])

/** Untrusted; what the values may be is checked by the service. */
function readBody(body: unknown): Omit<NewApiTokenRequest, 'userId'> {
  const given = isObject(body) ? body : {}
  const faults: Fault[] = Object.keys(given)
    .filter(field => !fields.has(field))
    .map(() => ({ field: 'body', message: `may have ${[...fields].join(', ')} only` }))
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
  const { name, scopes, expires_in } = given
  return {
    name: name as string,
    ...(scopes == null ? {} : { scopes: scopes as Permission[] }),
    ...(expires_in == null ? {} : { expiresIn: expires_in as number }),
  }
}

const text = Type.String()
const time = Type.String({ format: 'date-time' })
const nullableTime = Type.Union([time, Type.Null()])
const token = {
  ...{ id: text, user_id: text, name: text, scopes: Type.Union([Type.Array(text), Type.Null()]) },
  ...{ expires_at: nullableTime, revoked_at: nullableTime, last_used_at: nullableTime, created_at: time },
}
const tokens = Type.Object({ items: Type.Array(Type.Object(token)) })
const made = {
  body: Type.Object({
    name: Type.String({ minLength: 1, maxLength: 150 }),
    scopes: Type.Optional(Type.Union([Type.Array(text), Type.Null()], { description: 'Absent: all that you hold' })),
    expires_in: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description: 'Seconds' })),
  }),
  response: { 201: Type.Object({ ...token, text: Type.String({ description: 'Shown once' }) }), '4xx': errorSchema },
}
const revoked = { response: { 204: Type.Null(), '4xx': errorSchema } }
