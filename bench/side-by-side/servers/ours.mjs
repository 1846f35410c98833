// The plugin: the person's row and a permission at every request.

import Fastify from 'fastify'
import auth0Users from 'fastify-auth0-users'

const room = 100_000
const hour = 3600

/** What the variants change: tokens, people or both are not kept from one request to the next. */
const caches = {
  'ours-hit': { tokens: room, users: room, ttl: hour },
  'ours-miss': { tokens: 1, users: room, ttl: hour },
  'ours-uncached': { tokens: room, users: room, ttl: 0 },
  'ours-unbatched': { tokens: room, users: room, ttl: 0 },
}

export function createServer({ name, issuer: { domain, audience }, openDatabase }) {
  const app = Fastify()
  app.register(auth0Users, {
    domain,
    audience,
    db: openDatabase().db,
    cache: caches[name],
    permissions: ['store.view_asset'],
    claims: { permissions: 'permissions' },
    // Nobody else here notes who was seen.
    users: { activity: false },
  })
  app.register(async scope => {
    scope.get('/me', { config: { auth: { permissions: 'store.view_asset' } } }, (request, reply) => {
      const { id, username } = request.getUser()
      reply.send({ id, username })
    })
  })
  return app
}
