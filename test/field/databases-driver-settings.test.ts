import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Auth0UsersTables } from '#plugin/index.js'
import { build } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'

const timestamptz = 1184

/** Hosts' settings of driver and session under which a time must be read as it is. */
const settings: Readonly<Record<string, pg.PoolConfig>> = {
  'driver and session as they come': {},
  'D12: timestamptz as text': {
    types: {
      getTypeParser: (oid, format) => (oid === timestamptz ? (v: string) => v : pg.types.getTypeParser(oid, format)),
    },
  },
  'D13: DateStyle SQL, DMY': { options: '-c datestyle=SQL,DMY' },
  'D13: DateStyle German': { options: '-c datestyle=German' },
  'another time zone': { options: '-c timezone=Asia/Kathmandu' },
}

for (const [name, config] of Object.entries(settings)) {
  t.test(`${name}: a user who was signed out everywhere is refused, and times are ISO 8601`, async t => {
    await signOut(t, config)
  })
}

async function signOut(t: Test, config: pg.PoolConfig): Promise<void> {
  const database = await testDatabase(t)
  const pool = new pg.Pool({ connectionString: database.url, max: 3, ...config })
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  const { app, bearer } = await build(t, {
    database: { ...database, db },
    routes: app => {
      app.get('/me', request => request.getUser())
    },
  })
  const authorization = await bearer({ sub: 'auth0|ann', email: 'ann@x.test', iat: Math.floor(Date.now() / 1000) - 60 })
  const me = () => app.inject({ url: '/me', headers: { authorization } })
  const first = await me()
  t.equal(first.statusCode, 200)
  const { id, created_at } = first.json()
  t.ok(Math.abs(Date.parse(created_at) - Date.now()) < 86_400_000, created_at)
  const second = await me()
  t.equal(second.statusCode, 200, 'a known user')

  const actor = { actorId: null, method: null, requestId: null }
  if (/datestyle/.test(config.options ?? '')) {
    await t.rejects(app.auth0Users.users.signOutEverywhere(id, actor), TypeError, 'rolled back, and said so')
    await database.pool.query(`update accounts_user set tokens_valid_after = now()`)
    app.auth0Users.evict(id)
  } else {
    t.match((await app.auth0Users.users.signOutEverywhere(id, actor))?.tokens_valid_after, /^\d{4}-.*Z$/)
  }
  t.match(await me().then(response => [response.statusCode, response.json().code]), [401, 'A0U_TOKEN_REVOKED'])
}
