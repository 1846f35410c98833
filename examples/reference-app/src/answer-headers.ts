import type { FastifyInstance } from 'fastify'

/**
 * What every answer says: no browser guesses its type, and nothing that was made for somebody is kept by a cache on
 * the way. Routes with headers of their own keep those. To be called before routes are registered.
 */
export function setAnswerHeaders(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    if (request.auth !== null && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })
}
