// @fastify/jwt with get-jwks, as the latter's README shows it, and with the former's cache.
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { body } from '../body.mjs'

export function createServer({ issuer }) {
  const getJwks = buildGetJwks()
  const app = Fastify()
  app.register(fastifyJwt, {
    decode: { complete: true },
    secret(_request, { header: { kid, alg }, payload: { iss } }, callback) {
      getJwks.getPublicKey({ kid, domain: iss, alg }).then(key => callback(null, key), callback)
    },
    verify: { allowedIss: issuer.issuer, allowedAud: issuer.audience, cache: 100_000 },
  })
  app.register(async scope => {
    scope.addHook('onRequest', async request => {
      await request.jwtVerify()
    })
    scope.get('/me', (_request, reply) => {
      reply.send(body)
    })
  })
  return app
}
