import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { answerUrl, issueCode } from './authorization.ts'
import type { Context } from './context.ts'
import { sessionCookie } from './cookie.ts'
import { sendPage } from './html.ts'
import { OAuthError } from './oauth-error.ts'
import { peoplePage, signInPage } from './pages.ts'
import { type Names, type Person, personByEmail, personBySub } from './people.ts'
import { randomId } from './state.ts'
import { style } from './style.ts'

const EmailForm = Type.Object({
  transaction: Type.String(),
  email: Type.String(),
  sign_up: Type.Optional(Type.String()),
  given_name: Type.Optional(Type.String({ maxLength: 150 })),
  family_name: Type.Optional(Type.String({ maxLength: 150 })),
})
const SocialQuery = Type.Object({ transaction: Type.String(), connection: Type.String() })
const PersonForm = Type.Object({ transaction: Type.String(), sub: Type.String() })

/** What the browser form checks too: something, an @, a domain; no spaces or control characters. */
const emailPattern = /^[^\s@\p{Control}]{1,64}@[^\s@\p{Control}]{1,189}$/u

/** The pages between `/authorize` and the way back to the application. */
export function signInRoutes(app: FastifyInstance, context: Context): void {
  app.get('/stand-in.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(style))

  app.post<{ Body: Static<typeof EmailForm> }>('/sign-in/email', { schema: { body: EmailForm } }, (request, reply) => {
    const { transaction, email, sign_up: signUp } = request.body
    if (emailPattern.test(email.trim()))
      return signIn(reply, transaction, personByEmail(email, names(request.body)), context)
    const fault = 'Enter an email address such as name@example.test'
    return sendPage(reply, signInPage({ transaction, email, fault, signUp: signUp === 'true' }), 400)
  })

  app.get<{ Querystring: Static<typeof SocialQuery> }>(
    '/sign-in/social',
    { schema: { querystring: SocialQuery } },
    (request, reply) => {
      const page = peoplePage(request.query.transaction, request.query.connection)
      if (page === undefined) throw new OAuthError('invalid_request', 'This connection is not known')
      return sendPage(reply, page)
    },
  )

  app.post<{ Body: Static<typeof PersonForm> }>(
    '/sign-in/person',
    { schema: { body: PersonForm } },
    (request, reply) => {
      const person = personBySub(request.body.sub)
      if (person === undefined) throw new OAuthError('invalid_request', 'This person is not known')
      return signIn(reply, request.body.transaction, person, context)
    },
  )
}

/** Starts a session and goes back to the application with a code. A waiting request is answered once. */
function signIn(reply: FastifyReply, transaction: string, person: Person, context: Context): FastifyReply {
  const authorization = context.state.transactions.take(transaction)
  if (authorization === undefined) {
    throw new OAuthError(
      'invalid_request',
      'This sign-in page is out of date. Go back to the application and start again.',
    )
  }
  const session = { id: randomId(), person, clientIds: new Set<string>() }
  context.state.sessions.set(session.id, session)
  const code = issueCode(authorization, session, context)
  return reply.header('set-cookie', sessionCookie(session.id)).redirect(answerUrl(authorization, { code }), 303)
}

function names(form: Names): Names {
  const given = form.given_name?.trim()
  const family = form.family_name?.trim()
  return { ...(given ? { given_name: given } : {}), ...(family ? { family_name: family } : {}) }
}
