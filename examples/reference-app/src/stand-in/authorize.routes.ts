import type { FastifyInstance, FastifyReply } from 'fastify'
import {
  type AuthorizeQuery,
  answerUrl,
  checkAuthorization,
  checkRecipient,
  issueCode,
  type Recipient,
  withState,
} from './authorization.ts'
import type { Context } from './context.ts'
import { readSessionCookie } from './cookie.ts'
import { sendPage, sendWebMessage } from './html.ts'
import { OAuthError } from './oauth-error.ts'
import { peoplePage, signInPage } from './pages.ts'
import { type AuthorizationRequest, randomId, type Session } from './state.ts'

/** The authorization endpoint: RFC 6749 §3.1 with PKCE (RFC 7636). */
export function authorizeRoutes(app: FastifyInstance, context: Context): void {
  app.get<{ Querystring: AuthorizeQuery }>('/authorize', (request, reply) => {
    refuseRepeated(request.query)
    const recipient = checkRecipient(request.query, context)
    try {
      const authorization = checkAuthorization(request.query, recipient, context)
      const session = findSession(request.headers.cookie, request.query, context)
      if (session !== undefined)
        return sendAnswer(reply, recipient, { code: issueCode(authorization, session, context) })
      if (request.query.prompt === 'none') throw new OAuthError('login_required', 'No user is signed in')
      return sendSignIn(reply, request.query, authorization, context)
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error
      return sendAnswer(reply, recipient, { error: error.code, error_description: error.message })
    }
  })
}

/** RFC 6749 §3.1: a parameter must not be sent twice. */
function refuseRepeated(query: AuthorizeQuery): void {
  const repeated = Object.entries(query).find(([, value]) => typeof value !== 'string')
  if (repeated !== undefined) throw new OAuthError('invalid_request', `${repeated[0]} was sent more than once`)
}

/** The session of this browser, unless the request wants the person to sign in anew or by another connection. */
function findSession(cookie: string | undefined, query: AuthorizeQuery, { state }: Context): Session | undefined {
  if (query.prompt === 'login' || query.prompt === 'select_account') return undefined
  const id = readSessionCookie(cookie)
  const session = id === undefined ? undefined : state.sessions.get(id)
  if (query.connection !== undefined && query.connection !== session?.person.connection) return undefined
  return session
}

function sendSignIn(
  reply: FastifyReply,
  query: AuthorizeQuery,
  authorization: AuthorizationRequest,
  { state }: Context,
): FastifyReply {
  const transaction = randomId()
  state.transactions.set(transaction, authorization)
  const people = query.connection === undefined ? undefined : peoplePage(transaction, query.connection)
  const signUp = query.screen_hint === 'signup'
  return sendPage(reply, people ?? signInPage({ transaction, signUp, email: query.login_hint ?? '' }))
}

function sendAnswer(reply: FastifyReply, recipient: Recipient, answer: Readonly<Record<string, string>>): FastifyReply {
  if (recipient.responseMode === 'query') return reply.redirect(answerUrl(recipient, answer), 302)
  return sendWebMessage(reply, new URL(recipient.redirectUri).origin, withState(recipient, answer))
}
