// Whoever can write to the store that processes share key sets through.
import caching from '@fastify/caching'
import t from 'tap'
import type { SharedCache } from '#plugin/token/types.js'
import { build, localIssuer } from '../helpers/app.ts'
import { makeKey, sign } from '../integration/token/support.ts'

const secret = 'the secret of this host, of 32 bytes or more'

/** A store in which every entry is the attacker's. */
function poisoned(jwk: object): SharedCache {
  const set = JSON.stringify({ keys: [jwk], fetchedAt: Date.now() })
  const item = { keys: [jwk], fetchedAt: Date.now(), set, mac: Buffer.alloc(32).toString('base64url') }
  return {
    get: (_key, done) => done(null, { item, stored: Date.now(), ttl: 1e9 }),
    set: (_key, _value, _ttl, done) => done(null),
  }
}

t.test('a key set that somebody put into the store verifies nothing, and keeps nobody out', async t => {
  const issuer = await localIssuer(t)
  const forger = await makeKey('forged')
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer.issuer, aud: issuer.audience, sub: 'auth0|admin', iat: seconds, exp: seconds + 600 }
  const forged = `Bearer ${await sign(forger, claims)}`
  const store = poisoned(forger.jwk)
  const ways = {
    'a store by itself': { plugin: { jwks: { cache: store } } },
    'a store with a secret': { plugin: { jwks: { cache: { store, secret } } } },
    "the host's own store, unasked": {
      before: async (app: import('fastify').FastifyInstance) => {
        await app.register(caching, { cache: store as never })
      },
    },
  }
  for (const [name, options] of Object.entries(ways)) {
    const { app, bearer } = await build(t, { issuer, ...options, routes: app => app.get('/me', r => r.getUser().id) })
    const answer = (authorization: string) => app.inject({ url: '/me', headers: { authorization } })
    t.equal((await answer(forged)).statusCode, 401, `${name}: forged, first`)
    t.equal((await answer(await bearer({ sub: 'auth0|ann' }))).statusCode, 200, `${name}: real`)
    t.equal((await answer(forged)).statusCode, 401, `${name}: forged, later`)
    t.match(app.auth0Users.keys(), [{ source: 'fetched' }], name)
  }
})

t.test('a secret that is too short is refused at the start, and not repeated', async t => {
  const cache = { store: poisoned({}), secret: 'hush-hush' }
  const fault = await build(t, { plugin: { jwks: { cache } } }).catch((error: Error) => error.message)
  t.match(fault, /jwks\.cache\.secret: must be 32 bytes or more/)
  t.notMatch(fault, /hush/)
})
