// The bare route and nothing but the signature check of node:crypto: what a token costs that nobody has seen before.
import { createPublicKey, verify } from 'node:crypto'
import Fastify from 'fastify'
import { body } from '../body.mjs'

export async function createServer({ issuer: { domain } }) {
  const { keys } = await (await fetch(`${domain}/.well-known/jwks.json`)).json()
  const key = createPublicKey({ key: keys[0], format: 'jwk' })
  const app = Fastify()
  app.addHook('onRequest', (request, _reply, done) => {
    const token = request.headers.authorization.slice(7)
    const end = token.lastIndexOf('.')
    const signature = Buffer.from(token.slice(end + 1), 'base64url')
    if (verify('RSA-SHA256', Buffer.from(token.slice(0, end), 'latin1'), key, signature)) done()
    else done(new Error('a forged token'))
  })
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}
