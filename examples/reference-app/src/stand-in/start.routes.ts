import type { FastifyInstance } from 'fastify'
import type { Context } from './context.ts'
import { readSessionCookie } from './cookie.ts'
import { sendPage } from './html.ts'
import { startPage } from './pages.ts'

/** `GET /`, for people who open the printed address of the stand-in. */
export function startRoutes(app: FastifyInstance, { settings, state }: Context): void {
  app.get('/', (request, reply) => {
    const id = readSessionCookie(request.headers.cookie)
    const session = id === undefined ? undefined : state.sessions.get(id)
    const clientIds = settings.clients.map(client => client.id)
    const page = { issuer: settings.issuer(), audience: settings.audience, clientIds, person: session?.person }
    return sendPage(reply, startPage(page))
  })
}
