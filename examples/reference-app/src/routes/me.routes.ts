import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import type { RequestAuth, User } from 'fastify-auth0-users'
import { Nullable } from '../common/schema.ts'
import { permissions, staffPermissions } from '../permissions.ts'

const Me = Type.Object({
  method: Type.String({ description: 'How the request was authenticated', examples: ['jwt'] }),
  principal: Type.Union([Type.Literal('user'), Type.Literal('machine'), Type.Literal('anonymous')]),
  subject: Type.String({ description: 'The `sub` of the access token', examples: ['auth0|0123456789abcdef'] }),
  user: Nullable(
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      username: Type.String(),
      email: Nullable(Type.String()),
      first_name: Type.String(),
      last_name: Type.String(),
      is_staff: Type.Boolean(),
      is_superuser: Type.Boolean(),
      is_platform: Type.Boolean(),
    }),
  ),
  permissions: Type.Array(Type.String(), {
    description: 'What this principal may do',
    examples: [['store.view_asset']],
  }),
})

/** `GET /api/v1/me/`: who is asking, as the API sees it. */
export const meRoutes: FastifyPluginAsync = async app => {
  const schema = { summary: 'Who am I, as the API sees it?', tags: ['me'], response: { 200: Me } }
  app.withTypeProvider<TypeBoxTypeProvider>().get('/', { schema }, request => {
    // The route is protected, so there is an identity.
    const auth = request.auth
    if (auth === null) throw new Error('a protected route was reached without authentication')
    return describe(auth)
  })
}

function describe(auth: RequestAuth): Static<typeof Me> {
  const { method, principal, subject, user } = auth
  return {
    method,
    principal,
    subject,
    user: user && describeUser(user),
    permissions: [...permissions, ...staffPermissions].filter(name => auth.can(name)),
  }
}

function describeUser(user: User): Static<typeof Me>['user'] {
  const { id, username, email, first_name, last_name, is_staff, is_superuser, is_platform } = user
  return { id, username, email, first_name, last_name, is_staff, is_superuser, is_platform }
}
