import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import { isObject } from '../lib/json.ts'
import { requestActor } from '../wire/actor.ts'
import { errorSchema } from '../wire/error-schema.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { useStrictJson } from '../wire/strict-json.ts'
import type { MemberCheck } from './authority.ts'
import type { NewInvitationRequest } from './invitation.ts'
import type { CheckedInvitations, InvitationRef } from './invitations.service.ts'

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

type Method = 'GET' | 'POST' | 'DELETE'

/**
 * Below `:id/invitations/` the invitations of an organization, for its members in requests of that organization and for
 * superusers; below `invitations/` those for the user's own address. To be registered as it is: it makes a scope of its own.
 *
 * @param prefix without a final slash.
 */
export function invitationRoutes(invitations: CheckedInvitations, prefix: string): FastifyPluginAsync {
  const handlers = handlersOf(invitations)
  const routes: readonly (readonly [Method, string, Handler, FastifySchema & { summary: string }])[] = [
    ['GET', '/:id/invitations', handlers.list, { summary: 'Invitations of an organization', ...listed }],
    ['POST', '/:id/invitations', handlers.create, { summary: 'Invite an address', ...created }],
    ['POST', '/:id/invitations/:invitation/resend', handlers.resend, { summary: 'Send it again', ...shown }],
    ['DELETE', '/:id/invitations/:invitation', handlers.revoke, { summary: 'Revoke it', ...ended }],
    ['GET', '/invitations', handlers.own, { summary: 'Invitations for your verified address', ...listed }],
    ['POST', '/invitations/accept', handlers.accept, { summary: 'Accept one, by token or by id', ...accepted }],
  ]
  return async scope => {
    useStrictJson(scope, { bodyLimit: 16_384, maxDepth: 2 })
    for (const [method, path, handler, schema] of routes) {
      for (const url of withAndWithoutSlash(scope, prefix + path)) {
        const documented = { ...schema, tags: ['organizations'], hide: !url.endsWith('/') }
        scope.route({ method, url, config: { auth: { principal: 'user' } }, schema: documented, handler })
      }
    }
  }
}

function handlersOf(invitations: CheckedInvitations): Record<string, Handler> & Record<Names, Handler> {
  return {
    async list(request) {
      const { organizationId } = refOf(request)
      const { after, limit } = request.query as { after?: string; limit?: string }
      await invitations.requireView(organizationId, requestActor(request), checkOf(request, 'accounts.view_invitation'))
      return await invitations.invitations(organizationId, {
        ...(after === undefined ? {} : { after }),
        ...(limit === undefined ? {} : { limit: Number(limit) }),
      })
    },
    async create(request, reply) {
      const check = checkOf(request, 'accounts.add_invitation')
      const wanted = readBody(request.body, refOf(request).organizationId)
      const { invitation } = await invitations.invite(wanted, requestActor(request), check)
      reply.code(201)
      return invitation
    },
    async resend(request) {
      const check = checkOf(request, 'accounts.add_invitation')
      return (await invitations.resendInvitation(refOf(request), requestActor(request), check)).invitation
    },
    async revoke(request, reply) {
      const check = checkOf(request, 'accounts.delete_invitation')
      await invitations.revokeInvitation(refOf(request), requestActor(request), check)
      return reply.code(204).send()
    },
    own: async request => ({ items: await invitations.invitationsFor(request.getUser().id), next: null }),
    accept: async request => await invitations.acceptInvitation(readKey(request.body), requestActor(request)),
  }
}

type Names = 'list' | 'create' | 'resend' | 'revoke' | 'own' | 'accept'

function refOf({ params }: FastifyRequest): InvitationRef {
  const { id = '', invitation = '' } = params as { id?: string; invitation?: string }
  return { organizationId: id.toLowerCase(), invitationId: invitation.toLowerCase() }
}

/**
 * What the transaction checks again. A request of another organization, or of none, gets the response of an unknown id
 * without a statement, unless a superuser asks.
 */
function checkOf(request: FastifyRequest, permission: string): MemberCheck {
  const { auth } = request
  const isInside = auth?.organization?.id === refOf(request).organizationId
  if (!(isInside || request.getUser().is_superuser)) throw new Auth0UsersError('A0U_NOT_FOUND')
  return {
    permission,
    can: name => auth?.can(name) === true,
    canEverywhere: name => auth?.canEverywhere(name) === true,
  }
}

const fields = new Set(['email', 'role', 'groups', 'expires_in'])

/** Untrusted; what the values may be is checked by the service. */
function readBody(body: unknown, organizationId: string): NewInvitationRequest {
  const { email, role, groups, expires_in } = objectOf(body, fields)
  return {
    ...{ organizationId, email: email as string },
    ...(role == null ? {} : { role: role as string }),
    ...(groups == null ? {} : { groups: groups as string[] }),
    ...(expires_in == null ? {} : { expiresIn: expires_in as number }),
  }
}

function readKey(body: unknown): { readonly token: string } | { readonly id: string } {
  const { token, id } = objectOf(body, new Set(['token', 'id']))
  if (typeof token === 'string' && id === undefined) return { token }
  if (typeof id === 'string' && token === undefined) return { id }
  throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'body', message: 'must have token or id' }] })
}

function objectOf(body: unknown, allowed: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  const given = isObject(body) ? body : {}
  const faults = Object.keys(given)
    .filter(field => !allowed.has(field))
    .map(() => ({ field: 'body', message: `may have ${[...allowed].join(', ')} only` }))
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
  return given
}

const text = Type.String()
const time = Type.String({ format: 'date-time' })
const nullable = Type.Union([text, Type.Null()])
const invitation = Type.Object({
  ...{ id: text, organization_id: text, email: text, role: text, groups: Type.Array(text), invited_by: nullable },
  ...{ created_at: time, sent_at: time, expires_at: time, accepted_at: nullable, revoked_at: nullable },
})
const listed = {
  response: { 200: Type.Object({ items: Type.Array(invitation), next: nullable }), '4xx': errorSchema },
}
const created = {
  body: Type.Object({
    email: text,
    role: Type.Optional(text),
    groups: Type.Optional(Type.Array(text)),
    expires_in: Type.Optional(Type.Integer({ minimum: 1, description: 'Seconds' })),
  }),
  response: { 201: invitation, '4xx': errorSchema },
}
const shown = { response: { 200: invitation, '4xx': errorSchema } }
const ended = { response: { 204: Type.Null(), '4xx': errorSchema } }
const accepted = {
  body: Type.Object({ token: Type.Optional(text), id: Type.Optional(text) }),
  response: {
    200: Type.Object({ organization_id: text, role: text, joined: Type.Boolean() }),
    '4xx': errorSchema,
  },
}
