// fast-jwt with its cache and get-jwks, wired as the latter's README shows it; tokens are kept under their hash, which is
// the default, or under themselves. And with a key that is given once and for all, so without a key set: what is left then.
import { createVerifier } from 'fast-jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { body } from '../body.mjs'
import { publicKeyOf } from '../keys.mjs'

const cacheSize = 100_000

export async function createServer({ name, issuer }) {
  const options = {
    algorithms: ['RS256'],
    allowedIss: issuer.issuer,
    allowedAud: issuer.audience,
    cache: cacheSize,
    ...(name === 'fast-jwt' ? {} : { cacheKeyBuilder: token => token }),
  }
  const app = Fastify()
  app.decorateRequest('claims', null)
  app.addHook(
    'onRequest',
    name === 'fast-jwt-fixed' ? fixed(options, await publicKeyOf(issuer)) : fetched(options, issuer),
  )
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}

function fetched(options, { issuer: domain }) {
  const getJwks = buildGetJwks()
  const key = async ({ header: { kid, alg } }) => await getJwks.getPublicKey({ kid, alg, domain })
  const verify = createVerifier({ ...options, key })
  return async request => {
    request.claims = await verify(request.headers.authorization.slice(7))
  }
}

function fixed(options, key) {
  const verify = createVerifier({ ...options, key })
  return (request, _reply, done) => {
    try {
      request.claims = verify(request.headers.authorization.slice(7))
      done()
    } catch (error) {
      done(error)
    }
  }
}
