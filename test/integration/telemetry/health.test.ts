import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import type { Health } from '#plugin/index.js'
import { type BuildOptions, type BuiltApp, build, localIssuer } from '../../helpers/app.ts'
import { ownServer } from '../../helpers/own-server.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const routes = (app: BuiltApp['app']): unknown => app.get('/hello', () => 'hello')

/** An app on an injected clock, and what its next request with a new token answers. */
async function watched(t: Test, options: BuildOptions = {}) {
  let time = Date.now()
  const issuer = await localIssuer(t, { now: () => time })
  const built = await build(t, { issuer, routes, ...options, plugin: { now: () => time, ...options.plugin } })
  let tokens = 0
  return {
    ...built,
    health: (): Promise<Health> => built.app.auth0Users.health(),
    wait(seconds: number) {
      time += seconds * 1000
    },
    async request(sub = 'auth0|ada') {
      const authorization = await built.bearer({ sub, exp: time / 1000 + 7 * 86_400, jti: `${++tokens}` })
      return (await built.app.inject({ url: '/hello', headers: { authorization } })).statusCode
    },
  }
}

t.test('a healthy app tells how its parts stand', async t => {
  const app = await watched(t, { plugin: { cache: { tokens: 100, users: 50 } } })
  const { issuer, database, ...rest } = { ...(await app.health()), issuer: app.issuer.issuer }
  t.strictSame(rest, {
    ok: true,
    keys: [{ issuer, keys: 1, source: 'fetched', age: 0, usable: true, nextRefresh: 2880, lastFailure: null }],
    feed: 'none',
    caches: { tokens: { entries: 0, max: 100 }, users: { entries: 0, max: 50 } },
    waiting: { activity: 0, credentials: 0 },
  })
  t.match(database, { reachable: true, failure: null, checkedAt: /^\d{4}-.*Z$/, reachedAt: /Z$/ })
  t.equal(app.issuer.fetches, 1, 'the first question fetches the keys, as the first request would')
  await app.request()
  t.equal(app.issuer.fetches, 1)
  app.wait(10)
  t.match(await app.health(), {
    keys: [{ age: 10, nextRefresh: 2870 }],
    caches: { tokens: { entries: 1 }, users: { entries: 1 } },
    waiting: { activity: 1 },
  })
})

t.test('a key server that fails matters only when no key is left', async t => {
  const app = await watched(t)
  await app.issuer.outage('status-500')
  t.match(await app.health(), { ok: false, keys: [{ source: 'none', usable: false, lastFailure: 'status' }] })
  t.equal(await app.request(), 503)
  t.match(await app.health(), { ok: false }, 'and it does not ask more often than requests would')
  t.equal(app.issuer.fetches, 1)

  await app.issuer.outage('none')
  app.wait(5)
  t.match(await app.health(), { ok: true, keys: [{ source: 'fetched', lastFailure: null }] })
  t.equal(await app.request(), 200)

  await app.issuer.outage('hang')
  app.wait(3700)
  const [health, status] = await Promise.all([app.health(), app.request()])
  t.match(health, { ok: true, keys: [{ usable: true, lastFailure: 'aborted', nextRefresh: 1 }] })
  t.equal(status, 200, 'stale keys go on answering')

  app.wait(2 * 86_400)
  await app.issuer.outage('status-404')
  t.match(await app.health(), { ok: false, keys: [{ usable: false, lastFailure: 'status' }] })
  t.equal(await app.request(), 503)
})

t.test('of several issuers one is enough', async t => {
  const [one, other] = [await localIssuer(t), await localIssuer(t)]
  const issuers = [one, other].map(({ domain, audience }) => ({ domain, audience }))
  const { app } = await build(t, { plugin: { issuers }, routes })
  await one.outage('refuse')
  t.match(await app.auth0Users.health(), {
    ok: true,
    keys: [{ usable: false, lastFailure: 'network' }, { usable: true }],
  })
  await other.outage('refuse')
  t.match(await app.auth0Users.health(), { ok: true }, 'the other has its keys')
})

t.test('a database that is stopped and started', async t => {
  const server = await ownServer(t)
  const app = await watched(t, { database: server.database })
  t.match(await app.health(), { ok: true, database: { reachable: true } })
  t.equal(await app.request(), 200)
  const { reachedAt } = (await app.health()).database

  await server.stop()
  app.wait(60)
  const down = await app.health()
  t.match(down, { ok: false, database: { reachable: false, failure: 'unavailable', reachedAt } })
  t.equal(Date.parse(down.database.checkedAt) - Date.parse(reachedAt ?? ''), 60_000)
  t.equal(await app.request(), 503)

  await server.start()
  t.match(await app.health(), { ok: true, database: { reachable: true, failure: null } })
  t.equal(await app.request(), 200)
})

t.test('where no rows are looked for, the database does not matter', async t => {
  const app = await watched(t, { plugin: { users: { provision: false } } })
  await app.database.drop()
  t.match(await app.health(), { ok: true, database: { reachable: false } })
  t.equal(await app.request(), 200)
})

t.test('a database without our tables refuses', async t => {
  const app = await watched(t)
  await app.database.db.schema.alterTable('accounts_user').renameTo('elsewhere').execute()
  t.match(await app.health(), { ok: false, database: { reachable: false, failure: 'refused' } })
  t.equal(await app.request(), 500)
})

t.test('a pool that is busy is no outage, one that never answers is', async t => {
  const app = await watched(t)
  const { pool } = app.database
  const busy = { timeout: 0.05 }
  t.match(await app.health(), { ok: true })
  const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
  t.match(await app.app.auth0Users.health(busy), { ok: true, database: { reachable: true, failure: 'timeout' } })
  app.wait(11)
  const [first, second] = await Promise.all([app.app.auth0Users.health(busy), app.app.auth0Users.health(busy)])
  t.match(first, { ok: false, database: { reachable: false, failure: 'timeout' } })
  t.equal(second.database.checkedAt, first.database.checkedAt)
  t.equal(pool.waitingCount, 2, 'however many ask, one check waits beside the one that had no answer for long')
  for (const client of taken) client.release()
  await setImmediate()
  t.match(await app.health(), { ok: true, database: { reachable: true, failure: null } })
})

/** Stands between an app and its database; `freeze` leaves the connections there are without an answer, for ever. */
async function networkBefore(t: Test, databaseUrl: string): Promise<{ url: string; freeze(): void }> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from.on('error', () => to.destroy()).on('close', () => to.destroy()))
      from.pipe(to)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const freeze = (): void => {
    for (const socket of sockets) socket.unpipe().pause()
  }
  return { url: url.href, freeze }
}

t.test('a thousand probes of a database that hangs are one check, and end in time', async t => {
  const app = await watched(t)
  const { pool } = app.database
  const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
  const start = performance.now()
  const answers = await Promise.all(Array.from({ length: 1000 }, () => app.app.auth0Users.health({ timeout: 0.2 })))
  t.ok(performance.now() - start < 20_000)
  t.ok(answers.every(({ ok, database }) => !ok && database.failure === 'timeout'))
  t.equal(pool.waitingCount, 1)
  t.equal(app.issuer.fetches, 1)
  for (let n = 0; n < 20; n++) {
    app.wait(6)
    await app.app.auth0Users.health({ timeout: 0.01 })
  }
  t.equal(pool.waitingCount, 3, 'and never more than three, however long it hangs')
  for (const client of taken) client.release()
  t.match(await app.health(), { ok: true })
})

t.test('a check that hangs with its connection does not outlive the others', async t => {
  const database = await testDatabase(t)
  const network = await networkBefore(t, database.url)
  const pool = new pg.Pool({ connectionString: network.url, max: 4 })
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  const app = await watched(t, { plugin: { db } })
  t.match(await app.health(), { ok: true })
  network.freeze()
  const busy = { timeout: 0.1 }
  for (const seconds of [0, 4]) {
    app.wait(seconds)
    t.match(await app.app.auth0Users.health(busy), { ok: true, database: { failure: 'timeout' } }, 'it may be busy')
  }
  app.wait(1)
  t.equal(await app.request(), 200, 'requests are answered on other connections')
  for (let n = 0; n < 4; n++) {
    t.match(await app.health(), { ok: true, database: { failure: null } }, 'and so is the next check')
    app.wait(5)
  }
})
