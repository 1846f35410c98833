import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { sidOf } from '../wire/sid.ts'
import { useStrictJson } from '../wire/strict-json.ts'
import type { ResolvedSessionOptions } from './options.ts'
import { csrfTokenOf } from './secret.ts'
import type { SessionService } from './session.service.ts'
import type { SessionCookie } from './session-cookie.ts'

export interface SessionRoutesDeps {
  readonly sessions: SessionService
  readonly cookie: SessionCookie
  readonly options: ResolvedSessionOptions
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/**
 * `POST`, `GET` and `DELETE` of `session/`, the one of this browser, and `GET sessions/` and
 * `DELETE sessions/:id/`, all of the person. To be registered as it is: it makes a scope of its own.
 */
export function sessionRoutes({ sessions, cookie, options }: SessionRoutesDeps): FastifyPluginAsync {
  const { prefix, absolute, staffOnly } = options

  const begin: Handler = async (request, reply) => {
    const actor = requestActor(request)
    const replaces = cookie.secretOf(request) ?? null
    const userAgent = request.headers['user-agent'] ?? null
    const who = { userId: actor.actorId, sid: sidOf(request.auth?.claims ?? null) }
    const { session, secret } = await sessions.begin({ ...who, userAgent, replaces }, actor)
    cookie.set(reply, secret, absolute)
    reply.code(201)
    return { id: session.id, expires_at: session.expires_at, csrf_token: csrfTokenOf(secret) }
  }

  const read: Handler = async request => {
    const secret = cookie.secretOf(request) ?? ''
    return { id: request.auth?.credentialId, csrf_token: csrfTokenOf(secret) }
  }

  const end: Handler = async (request, reply) => {
    const actor = requestActor(request)
    await sessions.revoke(request.auth?.credentialId ?? '', { userId: actor.actorId, actor })
    cookie.clear(reply)
    return reply.code(204).send()
  }

  const list: Handler = async request => {
    const items = await sessions.list(request.getUser().id)
    return { items: items.map(item => ({ ...item, current: item.id === request.auth?.credentialId })) }
  }

  const revoke: Handler = async (request, reply) => {
    const actor = requestActor(request)
    await sessions.revoke((request.params as { id: string }).id, { userId: actor.actorId, actor })
    return reply.code(204).send()
  }

  return async scope => {
    useStrictJson(scope, { bodyLimit: 1024, maxDepth: 2 })
    const signIn = { principal: 'user', methods: 'jwt', ...(staffOnly ? { staff: true } : {}) } as const
    const own = { methods: 'session' } as const
    const manage = { principal: 'user', methods: ['jwt', 'session'] } as const
    const routes = [
      ['POST', `${prefix}/session`, signIn, begin, { summary: 'Exchange your access token for a session', ...begun }],
      ['GET', `${prefix}/session`, own, read, { summary: 'The session of this browser', ...current }],
      ['DELETE', `${prefix}/session`, own, end, { summary: 'Sign out', ...ended }],
      ['GET', `${prefix}/sessions`, manage, list, { summary: 'Your sessions', ...listed }],
      ['DELETE', `${prefix}/sessions/:id`, manage, revoke, { summary: 'End one of your sessions', ...ended }],
    ] as const
    for (const [method, path, auth, handler, schema] of routes) {
      for (const url of withAndWithoutSlash(scope, path)) {
        const documented = { ...schema, tags: ['sessions'], hide: !url.endsWith('/') }
        scope.route({ method, url, config: { auth }, schema: documented, handler })
      }
    }
  }
}

const text = Type.String()
const time = Type.String({ format: 'date-time' })
const begun = {
  response: {
    201: Type.Object({ id: text, expires_at: time, csrf_token: Type.String({ description: 'For x-csrf-token' }) }),
    '4xx': errorSchema,
  },
}
const current = { response: { 200: Type.Object({ id: text, csrf_token: text }), '4xx': errorSchema } }
const ended = { response: { 204: Type.Null(), '4xx': errorSchema } }
const item = Type.Object({
  ...{ id: text, user_id: text, user_agent: Type.Union([text, Type.Null()]), last_seen_at: time, expires_at: time },
  ...{ created_at: time, current: Type.Boolean() },
})
const listed = { response: { 200: Type.Object({ items: Type.Array(item) }), '4xx': errorSchema } }
