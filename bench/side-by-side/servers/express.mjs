// express-oauth2-jwt-bearer, Auth0's own for Express.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { body } from '../body.mjs'

export function createServer({ issuer: { domain, issuer, audience } }) {
  const app = express()
  app.use(auth({ issuer, audience, jwksUri: `${domain}/.well-known/jwks.json`, tokenSigningAlg: 'RS256' }))
  app.get('/me', (_request, response) => response.json(body))
  const server = createHttpServer(app)
  /** The part of a Fastify instance that is used here. */
  return {
    server,
    async listen({ host, port }) {
      server.listen(port, host)
      await once(server, 'listening')
    },
  }
}
