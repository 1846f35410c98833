import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { list } from '../audit/audit.ts'
import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import type { Clock } from '../lib/clock.ts'
import type { ResolvedProfileOptions } from '../profile/options.ts'
import { answer } from '../profile/profile.routes.ts'
import { profileWire } from '../profile/wire.ts'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { useStrictJson } from '../wire/strict-json.ts'
import { maxPageSize, parsePageQuery } from './activity.ts'
import { type Consents, decisionSchema } from './consent.service.ts'
import { erasePerson } from './erase.ts'
import { streamExport } from './export.ts'
import type { PrivacyParts } from './modules.ts'
import type { ResolvedPrivacyOptions } from './options.ts'

export interface PrivacyRoutesDeps {
  readonly databases: Databases
  readonly profile: ResolvedProfileOptions
  readonly privacy: ResolvedPrivacyOptions
  readonly consents: Consents
  readonly parts: PrivacyParts
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** With what @fastify/swagger reads beside the schemas. */
interface DocumentedSchema extends FastifySchema {
  readonly summary: string
  readonly tags?: readonly string[]
  readonly hide?: boolean
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * `DELETE` of the profile and, below it, `GET export/`, `PUT consents/` and `GET activity/`, with
 * and without the trailing slash. To be registered as it is: it makes a scope of its own.
 */
export function privacyRoutes(deps: PrivacyRoutesDeps): FastifyPluginAsync {
  return async scope => {
    const { prefix, bodyLimit } = deps.profile
    useStrictJson(scope, { bodyLimit: Math.min(bodyLimit, 16_384), maxDepth: 2 })
    addRoute(scope, 'DELETE', prefix, eraseSchema, eraseHandler(deps))
    addRoute(scope, 'GET', `${prefix}/export`, exportSchema, exportHandler(deps))
    addRoute(scope, 'PUT', `${prefix}/consents`, consentsSchema(deps.profile), consentsHandler(deps))
    addRoute(scope, 'GET', `${prefix}/activity`, activitySchema, activityHandler(deps))
  }
}

function addRoute(
  scope: FastifyInstance,
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  schema: DocumentedSchema,
  handler: Handler,
): void {
  for (const url of withAndWithoutSlash(scope, path)) {
    const documented: DocumentedSchema = { ...schema, tags: ['privacy'], hide: !url.endsWith('/') }
    scope.route({ method, url, config: { auth: {} }, schema: documented, handler })
  }
}

function eraseHandler({ databases, privacy }: PrivacyRoutesDeps): Handler {
  return async (request, reply) => {
    const actor = requestActor(request)
    await erasePerson(actor.actorId, actor, { databases, erasers: privacy.erasers })
    return reply.code(204).send()
  }
}

function exportHandler({ databases, privacy, parts, now }: PrivacyRoutesDeps): Handler {
  return async (request, reply) => {
    const actor = requestActor(request)
    const text = await streamExport(actor.actorId, { databases, parts, exporters: privacy.exporters, now }, actor)
    reply.header('content-disposition', 'attachment; filename="personal-data.json"')
    return reply.type('application/json; charset=utf-8').send(text)
  }
}

function consentsHandler({ consents }: PrivacyRoutesDeps): Handler {
  return async (request, reply) => {
    const actor = requestActor(request)
    return answer(reply, await consents.decide(actor.actorId, request.body, actor))
  }
}

function activityHandler({ databases }: PrivacyRoutesDeps): Handler {
  return async request => {
    const { id } = request.getUser()
    const page = parsePageQuery(request.query)
    return await reaching(() => list(databases.primary, id, page))
  }
}

const eraseSchema = {
  summary: 'Erase your profile; your identity stays',
  response: { 204: Type.Null(), '4xx': errorSchema },
}

const exportSchema = {
  summary: 'Everything that is held on you',
  response: {
    200: Type.Object({ exported_at: Type.String({ format: 'date-time' }) }, { additionalProperties: true }),
    '4xx': errorSchema,
  },
}

const consentsSchema = (profile: ResolvedProfileOptions): DocumentedSchema => ({
  summary: 'Give or withdraw a consent; withdrawing removes the fields that need it',
  body: decisionSchema,
  response: { 200: profileWire(profile).profile, '4xx': errorSchema },
})

const activitySchema = {
  summary: 'What happened to your record, newest first',
  querystring: Type.Object({
    before: Type.Optional(Type.String({ description: 'The next of the page before' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxPageSize })),
  }),
  response: {
    200: Type.Object({
      items: Type.Array(
        Type.Object({
          id: Type.String(),
          action: Type.String(),
          fields: Type.Array(Type.String()),
          by: Type.String({ description: 'self, other or system' }),
          method: Type.Union([Type.String(), Type.Null()]),
          request_id: Type.Union([Type.String(), Type.Null()]),
          detail: Type.Object({}, { additionalProperties: true }),
          at: Type.String({ format: 'date-time' }),
        }),
      ),
      next: Type.Union([Type.String(), Type.Null()]),
    }),
    '4xx': errorSchema,
  },
}
