// The bare route with a hook that does nothing.
import Fastify from 'fastify'
import { body } from '../body.mjs'

export function createServer() {
  const app = Fastify()
  app.addHook('onRequest', (_request, _reply, done) => done())
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}
