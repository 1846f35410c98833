import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { startEmbeddedPostgres } from '#app/embedded/index.js'
import { migrate } from '#plugin/db/migrations/index.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { build, localIssuer } from '../../helpers/app.ts'
import type { testDatabase } from '../../helpers/postgres.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test' }
const profile = '/api/v1/accounts/users/profile/'

t.test('a database that goes away and comes back', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'a0u-outage-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  let server = await startEmbeddedPostgres({ dataDir, durable: false })
  t.teardown(() => server.stop())
  await server.createDatabase('app')
  const pool = new pg.Pool({ connectionString: server.connectionString('app'), connectionTimeoutMillis: 2000 })
  pool.on('error', () => {}) // idle connections end with the server
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  await migrate(db)
  let clock = Date.now()
  const { app, bearer } = await build(t, {
    database: { db } as Awaited<ReturnType<typeof testDatabase>>,
    plugin: { now: () => clock },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const known = await bearer(ann)
  const stranger = await bearer({ sub: 'auth0|bee', email: 'bee@x.test' })
  const get = (authorization: string, url = '/me') => app.inject({ url, headers: { authorization } })
  t.equal((await get(known)).statusCode, 200)

  await server.stop()
  t.equal((await get(known)).statusCode, 200, 'a person in memory is answered for the TTL')
  for (const answer of [await get(stranger), await get(known, profile)]) {
    t.match(answer.json(), { statusCode: 503, code: 'A0U_DATABASE_UNAVAILABLE' })
    t.match(answer.headers['retry-after'], /^\d+$/)
    t.notMatch(answer.body, /ECONN|127\.0\.0\.1/, 'and nothing of the inside is told')
  }
  clock += 6000
  t.equal((await get(known)).statusCode, 503, 'after the TTL nobody is taken on trust')

  server = await startEmbeddedPostgres({ dataDir, port: server.port, durable: false })
  t.equal((await get(known)).statusCode, 200)
  t.equal((await get(stranger)).statusCode, 200)
  t.equal((await get(known, profile)).statusCode, 200)
})

t.test('an app starts while its database and its key server are away, and serves as soon as they are back', async t => {
  const issuer = await localIssuer(t)
  await issuer.outage('refuse')
  let clock = Date.now()
  const { app, bearer } = await build(t, {
    issuer,
    plugin: { now: () => clock },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const authorization = await bearer(ann)
  const get = () => app.inject({ url: '/me', headers: { authorization } })
  const refused = await get()
  t.match(refused.json(), { statusCode: 503, code: 'A0U_KEYS_UNAVAILABLE' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  await issuer.outage('none')
  clock += 60_000
  t.equal((await get()).statusCode, 200)
})
