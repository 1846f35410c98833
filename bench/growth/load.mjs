// The plugin in this process, behind HTTP, on each size: with people read again for every request, and from memory.

import Fastify from 'fastify'
import auth0Users from 'fastify-auth0-users'
import { getRequest, openConnections, rotation } from '../lib/http-client.mjs'
import { interleave } from '../lib/interleave.mjs'
import { localToken, testMode } from '../lib/local-tokens.mjs'
import { claimsOf } from '../lib/people.mjs'
import { openHandle } from '../lib/postgres.mjs'
import { shuffled } from '../lib/random.mjs'

const connections = 50
const poolSize = 10
const requestsPerSlice = 1000

/** The same load on every size: so many people who are active, spread over the table. */
export const activePeople = 10_000

const kinds = [
  { name: 'load path: user cache off', cache: { tokens: 4 * activePeople, users: 4 * activePeople, ttl: 0 } },
  { name: 'hit path: from memory', cache: { tokens: 4 * activePeople, users: 4 * activePeople, ttl: 3600 } },
]

/** For each path the microseconds a request of its slices, by size. */
export async function measureLoad(databases, rounds) {
  const results = []
  for (const kind of kinds) {
    const variants = []
    try {
      for (const database of databases) variants.push(await openVariant(database, kind))
      for (const variant of variants) await variant.run(2 * activePeople)
      const figures = await interleave(variants, rounds, ({ run }) => run(requestsPerSlice))
      const measured = variants.map(variant => ({ size: variant.size, slices: figures.get(variant) }))
      results.push({ name: kind.name, variants: measured })
    } finally {
      for (const { close } of variants) await close()
    }
  }
  return results
}

async function openVariant({ size, url }, { cache }) {
  const { db } = openHandle(url, poolSize)
  const app = Fastify()
  // Activity is written once a minute, which would hit one slice and spare the others.
  app.register(auth0Users, { ...testMode, db, cache, users: { activity: false } })
  app.register(async scope => {
    scope.get('/me', (request, reply) => {
      reply.send({ username: request.getUser().username })
    })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const client = await openConnections(app.server.address().port, connections)
  const take = rotation(requestsOf(size))
  return {
    size,
    async run(count) {
      const began = performance.now()
      await client.run(take(count))
      return ((performance.now() - began) * 1000) / count
    },
    async close() {
      client.close()
      await app.close()
      await db.destroy()
    },
  }
}

function requestsOf(size) {
  const active = Math.min(activePeople, size)
  return shuffled(active).map(place => {
    const n = 1 + Math.floor((place * size) / active)
    return getRequest('/me', `Bearer ${localToken(claimsOf(n))}`)
  })
}
