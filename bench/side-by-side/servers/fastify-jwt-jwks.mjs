// fastify-jwt-jwks as its README shows it, and with the cache of @fastify/jwt.
import Fastify from 'fastify'
import fastifyJwtJwks from 'fastify-jwt-jwks'
import { body } from '../body.mjs'

export async function createServer({ name, issuer }) {
  const app = Fastify()
  await app.register(fastifyJwtJwks, {
    jwksUrl: `${issuer.domain}/.well-known/jwks.json`,
    audience: issuer.audience,
    issuer: issuer.issuer,
    ...(name === 'fastify-jwt-jwks-cached' ? { cache: 100_000, cacheTTL: 3_600_000 } : {}),
  })
  app.get('/me', { preValidation: app.authenticate }, (_request, reply) => {
    reply.send(body)
  })
  return app
}
