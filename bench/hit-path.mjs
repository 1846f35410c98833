// What the plugin adds to a request whose token was seen before, against a bare route that answers
// the same. See README.md beside this file.
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuUsage, memoryUsage, pid, version } from 'node:process'
import Fastify from 'fastify'
import auth0Users from 'fastify-auth0-users'
import { migrate } from 'fastify-auth0-users/migrations'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { startEmbeddedPostgres } from '../examples/reference-app/dist/embedded/index.js'

const slices = 60
const requestsPerSlice = 400
const connections = 20
const people = 1000

const database = await openDatabase()
const issuer = await startLocalIssuer()
const bare = await listen(bareApp())
const ours = await listen(pluginApp())

try {
  const tokens = await signTokens()
  await warmUp(tokens)
  report(await measure(tokens))
} finally {
  for (const { app, agent } of [bare, ours]) {
    agent.destroy()
    await app.close()
  }
  await issuer.close()
  await database.close()
}

async function openDatabase() {
  const dataDir = join(tmpdir(), `fastify-auth0-users-bench-${pid}`)
  const server = await startEmbeddedPostgres({ dataDir, durable: false })
  const pool = new pg.Pool({ connectionString: server.connectionString(), max: 4 })
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  await migrate(db)
  async function close() {
    await db.destroy()
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { db, close }
}

function bareApp() {
  const app = Fastify()
  app.get('/me', (_incoming, reply) => reply.send({ username: 'auth0.person-000' }))
  return app
}

function pluginApp() {
  const app = Fastify()
  // Long enough that no row is read again while it is measured.
  app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db: database.db, cache: { ttl: 3600 } })
  app.register(async scope => {
    scope.get('/me', (incoming, reply) => reply.send({ username: incoming.getUser().username }))
  })
  return app
}

async function listen(app) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return { app, agent, port: app.server.address().port }
}

async function signTokens() {
  const numbers = Array.from({ length: people }, (_, n) => String(n).padStart(3, '0'))
  return await Promise.all(
    numbers.map(n => issuer.token({ sub: `auth0|person-${n}`, email: `person-${n}@example.test` })),
  )
}

/** Provisions everybody and lets both servers be compiled. */
async function warmUp(tokens) {
  for (const server of [ours, bare, ours, bare, ours, bare]) await run(server, tokens, people)
}

/** Paired slices, the two servers in turn, so that whatever else the machine does meets both alike. */
async function measure(tokens) {
  const pairs = []
  for (let n = 0; n < slices; n++) {
    global.gc?.()
    const order = n % 2 === 0 ? [bare, ours] : [ours, bare]
    const times = new Map()
    for (const server of order) times.set(server, await run(server, tokens, requestsPerSlice))
    pairs.push({ bare: times.get(bare), ours: times.get(ours) })
  }
  return pairs
}

/** Sends requests over a fixed number of connections; answers with microseconds of CPU a request. */
async function run(server, tokens, count) {
  let next = 0
  const before = cpuUsage()
  async function connection() {
    while (next < count) await get(server, tokens[next++ % tokens.length])
  }
  await Promise.all(Array.from({ length: connections }, connection))
  const { user, system } = cpuUsage(before)
  return (user + system) / count
}

/** The bare server gets the token too, so that both parse the same request. */
async function get({ port, agent }, token) {
  const outgoing = request({
    port,
    agent,
    host: '127.0.0.1',
    path: '/me',
    headers: { authorization: `Bearer ${token}` },
  })
  outgoing.end()
  const [answer] = await once(outgoing, 'response')
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 200) throw new Error(`the server answered ${answer.statusCode}`)
}

function report(pairs) {
  const added = pairs.map(({ bare, ours }) => ours - bare)
  console.log(
    `Node.js ${version}, ${slices} pairs of ${requestsPerSlice} requests, ${connections} connections, ${people} tokens`,
  )
  console.log('microseconds of CPU a request, client and server in one process (median, quartiles):')
  console.log(`  bare route           ${spread(pairs.map(pair => pair.bare))}`)
  console.log(`  route behind plugin  ${spread(pairs.map(pair => pair.ours))}`)
  console.log(`  added by the plugin  ${spread(added)}`)
  console.log(`resident memory: ${Math.round(memoryUsage.rss() / 1024 / 1024)} MiB`)
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share => sorted[Math.floor((sorted.length - 1) * share)].toFixed(1).padStart(6)
  return `${at(0.5)}   ${at(0.25)} to ${at(0.75)}`
}
