// A route that asks nobody who they are: what everything else is compared with.
import Fastify from 'fastify'
import { body } from '../body.mjs'

export function createServer() {
  const app = Fastify()
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}
