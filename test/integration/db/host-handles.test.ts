import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '#plugin/db/migrations/index.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import type { Auth0UsersOptions } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

/* The handle is the host's: its Kysely plugins, its search path, its isolation level. */

const profile = '/api/v1/accounts/users/profile/'

async function openHandle(t: Test, url: string, parameters = '', plugins: CamelCasePlugin[] = []) {
  const pool = new pg.Pool({ connectionString: url, options: parameters })
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }), plugins })
  t.teardown(() => db.destroy())
  return db
}

/** Walks through all that the plugin serves; every step must succeed. */
async function walk(t: Test, db: Kysely<Auth0UsersTables>, plugin: Partial<Auth0UsersOptions> = {}) {
  const { app, bearer } = await build(t, {
    plugin: { ...plugin, cache: { ttl: 0 } },
    database: { db } as TestDatabase,
    routes: app => app.get('/me', request => request.getUser()),
  })
  const authorization = await bearer({ sub: 'auth0|ann' })
  const send = async (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, headers: { authorization }, ...(payload ? { payload } : {}) })
    t.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${answer.body.slice(0, 200)}`)
    return answer
  }
  const people = await Promise.all(
    Array.from({ length: 20 }, async () => app.inject({ url: '/me', headers: { authorization } })),
  )
  t.strictSame(new Set(people.map(answer => answer.statusCode)), new Set([200]))
  const writes = Array.from({ length: 20 }, (_, n) => send('PUT', profile, { profile_data: { [`key${n}`]: n } }))
  await Promise.all(writes)
  t.equal(Object.keys((await send('GET', profile)).json().profile_data).length, 20)
  await send('PATCH', profile, { profile_data: { key0: null } })
  await send('PUT', `${profile}consents/`, { purpose: 'contact', version: '1', granted: true })
  t.match((await send('GET', `${profile}export/`)).json(), { account: { auth0_id: 'auth0|ann' } })
  t.ok((await send('GET', `${profile}activity/?limit=100`)).json().items.length > 20)
  await send('DELETE', profile)
  t.strictSame((await send('GET', profile)).json().profile_data, {})
  // A changed claim is an UPDATE of its own.
  const renamed = await app.inject({ url: '/me', headers: { authorization: await bearer({ sub: 'auth0|bee' }) } })
  t.equal(renamed.statusCode, 200)
}

t.test("a host's CamelCasePlugin changes nothing for us", async t => {
  const { url } = await testDatabase(t, { empty: true })
  const db = await openHandle(t, url, '', [new CamelCasePlugin()])
  await migrate(db)
  await walk(t, db)
})

t.test('every statement finds its tables in another schema under another prefix, off the search path', async t => {
  const { url } = await testDatabase(t, { empty: true })
  const tables = { schema: 'people', prefix: 'acc_' }
  const db = await openHandle(t, url, '-c search_path=pg_catalog')
  await migrate(db, tables)
  await walk(t, db, { tables })
})

t.test('a stricter isolation level of the host loses no request', async t => {
  const { url } = await testDatabase(t)
  const db = await openHandle(t, url, '-c default_transaction_isolation=serializable')
  await walk(t, db)
})
