import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from './context.ts'
import { clearedSessionCookie, readSessionCookie } from './cookie.ts'
import { sendPage } from './html.ts'
import { parseLoopbackUrl } from './loopback.ts'
import { OAuthError } from './oauth-error.ts'
import { errorPage } from './pages.ts'

const LogoutQuery = Type.Object({ client_id: Type.Optional(Type.String()), returnTo: Type.Optional(Type.String()) })

const userinfoClaims = ['sub', 'email', 'email_verified', 'given_name', 'family_name'] as const

/** What the holder of an access token may know of the person (OpenID Connect Core §5.3). */
export function userinfoRoutes(app: FastifyInstance, { tokens }: Context): void {
  app.get('/userinfo', async request => {
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ')
    if (scheme.toLowerCase() !== 'bearer') throw new OAuthError('invalid_token', 'An access token is required', 401)
    const claims = await tokens.verify(token)
    return Object.fromEntries(userinfoClaims.filter(name => name in claims).map(name => [name, claims[name]]))
  })
}

/** The way out, as Auth0 has it. */
export function logoutRoutes(app: FastifyInstance, { state, logout }: Context): void {
  app.get<{ Querystring: Static<typeof LogoutQuery> }>(
    '/v2/logout',
    { schema: { querystring: LogoutQuery } },
    (request, reply) => {
      const session = state.sessions.take(readSessionCookie(request.headers.cookie) ?? '')
      // The response does not wait for the applications: an unreachable one must not keep a user signed in.
      if (session !== undefined) logout.notify(session, fault => request.log.error(fault))
      reply.header('set-cookie', clearedSessionCookie())
      const { returnTo } = request.query
      if (returnTo === undefined)
        return sendPage(reply, errorPage('Signed out', 'You are signed out. You may close this page.'))
      if (parseLoopbackUrl(returnTo) === undefined)
        throw new OAuthError('invalid_request', 'returnTo must be a URL on this machine')
      return reply.redirect(returnTo, 302)
    },
  )
}
