// jose with a remote key set, in an async hook.
import Fastify from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { body } from '../body.mjs'

export function createServer({ issuer: { domain, issuer, audience } }) {
  const keys = createRemoteJWKSet(new URL(`${domain}/.well-known/jwks.json`))
  const app = Fastify()
  app.decorateRequest('claims', null)
  app.addHook('onRequest', async request => {
    const { payload } = await jwtVerify(request.headers.authorization.slice(7), keys, { issuer, audience })
    request.claims = payload
  })
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}
