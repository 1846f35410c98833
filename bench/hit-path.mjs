// What the plugin adds to a request whose token and person are in memory, over a hook that does nothing.
// See README.md beside this file. `--rounds=200`

import { cpuUsage } from 'node:process'
import Fastify from 'fastify'
import auth0Users from 'fastify-auth0-users'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { wholeNumber } from './lib/args.mjs'
import { callDirectly } from './lib/direct.mjs'
import { getRequest, openConnections, rotation } from './lib/http-client.mjs'
import { interleave } from './lib/interleave.mjs'
import { finish, partOptions } from './lib/part.mjs'
import { claimsOf, peopleDatabase } from './lib/people.mjs'
import { openHandle, openPostgres } from './lib/postgres.mjs'
import { pairedDifference, summary } from './lib/stats.mjs'
import { count, spread, table } from './lib/table.mjs'
import { atMost } from './lib/targets.mjs'
import { body } from './side-by-side/body.mjs'

const options = partOptions({ rounds: { type: 'string' } })
const rounds = wholeNumber('rounds', options.rounds ?? (options.quick ? '60' : '200'), 10)
const people = 10_000
const tokenCount = 1000
const connections = 50
const warmUpRounds = 30

const postgres = await openPostgres({ name: 'hit-path', data: options.data })
const issuer = await startLocalIssuer()
const { db } = openHandle(await peopleDatabase(postgres, people), 4)
const authorizations = await Promise.all(
  Array.from({ length: tokenCount }, async (_, n) => {
    const token = await issuer.token({ ...claimsOf(n + 1), permissions: ['store.view_asset'] })
    return `Bearer ${token}`
  }),
)
const servers = [
  { name: 'bare route', app: bareApp() },
  { name: 'bare route, empty hook', app: bareApp(app => app.addHook('onRequest', (_request, _reply, done) => done())) },
  { name: 'plugin: user and permission', app: pluginApp() },
]
try {
  for (const { app } of servers) await app.ready()
  const direct = await measure(
    servers.map(server => ({ ...server, run: callDirectly(server.app, '/me', authorizations) })),
  )
  const clients = await Promise.all(servers.map(openClient))
  const http = await measure(clients)
  for (const { close } of clients) close()
  finish(options, resultOf(direct, http))
} finally {
  for (const { app } of servers) await app.close()
  await db.destroy()
  await issuer.close()
  await postgres.close()
}

function bareApp(change = () => {}) {
  const app = Fastify()
  change(app)
  app.get('/me', (_request, reply) => {
    reply.send(body)
  })
  return app
}

function pluginApp() {
  const app = Fastify()
  const { domain, audience } = issuer
  const options = { permissions: ['store.view_asset'], claims: { permissions: 'permissions' } }
  // Long enough that no row is read again while it is measured.
  app.register(auth0Users, { domain, audience, db, cache: { ttl: 3600 }, ...options, users: { activity: false } })
  app.register(async scope => {
    scope.get('/me', { config: { auth: { permissions: 'store.view_asset' } } }, (request, reply) => {
      const { id, username } = request.getUser()
      reply.send({ id, username })
    })
  })
  return app
}

async function openClient(server) {
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const client = await openConnections(server.app.server.address().port, connections)
  const take = rotation(authorizations.map(text => getRequest('/me', text)))
  return { ...server, run: () => client.run(take(authorizations.length)), close: client.close }
}

/** Microseconds of CPU a request, by server, slice by slice; every slice sends each token once. */
async function measure(variants) {
  for (let round = 0; round < warmUpRounds; round++) for (const { run } of variants) await run()
  const figures = await interleave(variants, rounds, async ({ run }) => {
    const before = cpuUsage()
    await run()
    const { user, system } = cpuUsage(before)
    return (user + system) / authorizations.length
  })
  return variants.map(variant => figures.get(variant))
}

function resultOf(direct, http) {
  const [, hook] = direct
  const row = (name, place) => [
    name,
    spread(summary(direct[place])),
    spread(pairedDifference(direct[place], hook)),
    spread(summary(http[place])),
    spread(pairedDifference(http[place], http[1])),
  ]
  const head = [
    'µs of CPU a request',
    'without sockets',
    'over the hook',
    'over HTTP, client included',
    'over the hook',
  ]
  return {
    title: 'Hit path',
    markdown: [
      `${count(tokenCount)} tokens, ${rounds} slices of ${count(tokenCount)} requests, ${connections} connections; medians with quartiles.`,
      table(
        head,
        servers.map(({ name }, place) => row(name, place)),
      ),
    ].join('\n\n'),
    targets: [
      atMost('hit path over an empty hook, without sockets', 5, pairedDifference(direct[2], hook), 'µs'),
      atMost('hit path over an empty hook, over HTTP', 5, pairedDifference(http[2], http[1]), 'µs'),
    ],
  }
}
