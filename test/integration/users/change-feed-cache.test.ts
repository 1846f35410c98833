import { createServer, connect as openSocket, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type ChangeFeed, pgChangeFeed } from '#plugin/index.js'
import { build, localIssuer } from '../../helpers/app.ts'
import { type AppProcess, startAppProcess } from '../../helpers/app-process.ts'
import { ownServer } from '../../helpers/own-server.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

const sub = 'auth0|ann'

/** Asks until the condition holds; fails after `limit` milliseconds. Answers how long it took. */
async function until(what: string, condition: () => unknown, limit = 10_000): Promise<number> {
  const start = performance.now()
  while (!(await condition())) {
    if (performance.now() - start > limit) throw new Error(`not within ${limit} ms: ${what}`)
    await pause(5)
  }
  return performance.now() - start
}

/** Connections of a feed are told apart by their application name. */
function feedClient({ url }: TestDatabase, name: string): () => Promise<pg.Client> {
  return async () => {
    const client = new pg.Client({ connectionString: url, application_name: name, connectionTimeoutMillis: 2000 })
    await client.connect()
    return client
  }
}

const connections = async ({ pool }: TestDatabase, name: string): Promise<number> =>
  (await pool.query('select from pg_stat_activity where application_name = $1', [name])).rowCount ?? 0

const kill = ({ pool }: TestDatabase, name: string) =>
  pool.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name])

const quick = { keepalive: 0.05, timeout: 0.5, backoff: () => 0.01 }

/** An app with a feed, and a person who asks. */
async function listening(t: Test, changes: ChangeFeed, database: TestDatabase, now: () => number = Date.now) {
  const warnings: string[] = []
  const stream = { write: (line: string) => void warnings.push(line) }
  const built = await build(t, {
    database,
    plugin: { now, cache: { changes } },
    fastify: { logger: { level: 'warn', stream } },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const authorization = await built.bearer({ sub, email: 'ann@x.test' })
  const ask = async () => {
    const answer = await built.app.inject({ url: '/me', headers: { authorization } })
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode} ${answer.body}`)
    return nameIn(answer.json())
  }
  const feed = () => built.app.auth0Users.caches().feed
  return { ...built, ask, feed, warnings }
}

/** A value that no token overwrites. */
const rename = ({ pool }: TestDatabase, name: string) =>
  pool.query(`update accounts_user set profile_data = jsonb_build_object('name', $1::text) where auth0_id = $2`, [
    name,
    sub,
  ])

const nameIn = (user: { profile_data: { name?: string } }): string => user.profile_data.name ?? ''

t.test('what psql changes is obeyed by four processes within a second', async t => {
  const [database, issuer] = await Promise.all([testDatabase(t), localIssuer(t)])
  await sql`create table hook_run (user_id uuid)`.execute(database.db)
  const { url, pool } = database
  const { domain, audience } = issuer
  const settings = {
    url,
    domain,
    audience,
    feed: true,
    plugin: { permissions: ['store.view_asset', 'store.add_asset', 'store.change_asset'] },
  } as const
  const apps = await Promise.all([1, 2, 3, 4].map(() => startAppProcess(t, settings)))
  const authorization = `Bearer ${await issuer.token({ sub, email: 'ann@x.test' })}`
  const get = async ({ origin }: AppProcess, path: string) => {
    const answer = await fetch(origin + path, { headers: { authorization } })
    return { status: answer.status, body: JSON.stringify(await answer.json()) }
  }
  const everywhere = async (path: string, expected: (answer: { status: number; body: string }) => boolean) =>
    Math.max(...(await Promise.all(apps.map(app => until(path, async () => expected(await get(app, path)), 15_000)))))
  await everywhere('/caches', ({ body }) => body.includes('"feed":"up"'))
  await everywhere('/me', ({ status }) => status === 200)
  const { rows } = await pool.query('select id from accounts_user')
  const id = rows[0].id
  await pool.query(`insert into accounts_user (auth0_id, username) values ('auth0|bee', 'bee')`)

  const group = `(select id from accounts_group where name = 'staff')`
  const can = (expected: string) => (answer: { status: number; body: string }) => answer.body === expected
  for (const [what, statement, path, expected] of [
    ['a flag', `update accounts_user set is_staff = true`, '/me', a => a.body.includes('"is_staff":true')],
    [
      'a direct grant',
      `insert into accounts_user_permission values ('${id}', 'store.view_asset')`,
      '/can',
      can('["store.view_asset"]'),
    ],
    [
      'membership of a group',
      `insert into accounts_group (name) values ('staff');
       insert into accounts_group_permission values (${group}, 'store.add_asset');
       insert into accounts_user_group values ('${id}', ${group})`,
      '/can',
      can('["store.view_asset","store.add_asset"]'),
    ],
    [
      'a grant of a group',
      `update accounts_group_permission set permission = 'store.change_asset'`,
      '/can',
      can('["store.view_asset","store.change_asset"]'),
    ],
    ['the end of a group', `delete from accounts_group`, '/can', can('["store.view_asset"]')],
    ['the end of all grants', `truncate accounts_user_permission`, '/can', can('[]')],
    ['deactivation', `update accounts_user set is_active = false`, '/me', a => a.status === 403],
    ['activation', `update accounts_user set is_active = true`, '/me', a => a.status === 200],
    [
      'sign-out everywhere',
      `update accounts_user set tokens_valid_after = now() + '1 h'`,
      '/me',
      a => a.status === 401,
    ],
    ['its end', `update accounts_user set tokens_valid_after = null`, '/me', a => a.status === 200],
    [
      'another identity',
      `update accounts_user set auth0_id = 'auth0|former' where id = '${id}';
       insert into accounts_identity (auth0_id, user_id) select '${sub}', id from accounts_user where username = 'bee'`,
      '/me',
      a => a.body.includes('"username":"bee"'),
    ],
    ['deletion', `delete from accounts_user where username = 'bee'`, '/me', a => !a.body.includes('"username":"bee"')],
  ] satisfies [string, string, string, (answer: { status: number; body: string }) => boolean][]) {
    await pool.query(statement)
    const took = await everywhere(path, expected)
    t.ok(took < 1000, `${what} after ${Math.round(took)} ms`)
  }
  t.strictSame(await Promise.all(apps.map(app => app.stop())), [0, 0, 0, 0], 'and all of them end cleanly')
})

t.test('a connection that is killed 20 times under load: nothing older than the short time is answered', async t => {
  const database = await testDatabase(t)
  // The clock runs three times as fast, so that the short time is under two seconds.
  const start = Date.now()
  const now = () => start + (Date.now() - start) * 3
  const source = feedClient(database, 'killed')
  let away = false
  const reachable = async () => (away ? Promise.reject(new Error('away')) : source())
  const changes = pgChangeFeed(reachable, { ...quick, timeout: 0.2 })
  const { app, ask, feed, warnings } = await listening(t, changes, database, now)
  await until('feed up', () => feed() === 'up')
  await ask()

  let running = true
  const versions: { at: number; name: string }[] = []
  async function write(): Promise<void> {
    for (let n = 0; running; n++) {
      await rename(database, `v${n}`)
      versions.push({ at: now(), name: `v${n}` })
      await pause(5)
    }
  }
  let answers = 0
  let oldest = 0
  async function read(): Promise<void> {
    while (running) {
      const asked = now()
      const name = await ask()
      answers++
      // One that is not listed yet was written while we asked.
      const at = versions.findIndex(version => version.name === name)
      const replaced = at === -1 ? undefined : versions[at + 1]
      if (replaced !== undefined) oldest = Math.max(oldest, asked - replaced.at)
      await pause(1)
    }
  }
  const load = [write(), read(), read(), read()]
  for (let n = 0; n < 20; n++) {
    away = n === 10
    await kill(database, 'killed')
    await until('feed down', () => feed() === 'down')
    const back = now() + 7000
    await until('the short time is over', () => !away || now() > back)
    away = false
    await until(`the feed is up again after kill ${n + 1}`, () => feed() === 'up')
  }
  running = false
  await Promise.all(load)
  t.ok(answers > 100, `${answers} answers`)
  // The adapter's timeout counts three times on the app's clock.
  t.ok(oldest < 5600, `the oldest answer had been out of date for ${Math.round(oldest)} ms of the app's clock`)
  t.equal(warnings.filter(line => line.includes('change feed')).length, 20, 'each break is logged once')
  t.equal(await connections(database, 'killed'), 1, 'no connection is left over')
  await app.close()
  await until('no connection', async () => (await connections(database, 'killed')) === 0)
})

t.test('people stay in memory for five minutes with the feed, for five seconds without', async t => {
  const database = await testDatabase(t)
  let clock = Date.now()
  const now = () => clock
  const source = feedClient(database, 'ttl')
  let away = false
  const changes = pgChangeFeed(async () => (away ? Promise.reject(new Error('away')) : source()), quick)
  const { ask, feed } = await listening(t, changes, database, now)
  await until('feed up', () => feed() === 'up')
  const quietly = async (name: string) => {
    await database.pool.query('alter table accounts_user disable trigger user')
    await rename(database, name)
    await database.pool.query('alter table accounts_user enable trigger user')
  }
  await ask()
  await quietly('Unheard')
  clock += 299_000
  t.equal(await ask(), '', 'with the feed a change that is not told is not seen')
  clock += 2000
  t.equal(await ask(), 'Unheard', 'for five minutes')

  away = true
  await quietly('Lost')
  await kill(database, 'ttl')
  await until('feed down', () => feed() === 'down')
  t.equal(await ask(), 'Unheard', 'a break does not empty the memory: the database may be away')
  clock += 5000
  t.equal(await ask(), 'Lost', 'but what was to live for minutes now lives for five seconds')
  await quietly('Later')
  clock += 4900
  t.equal(await ask(), 'Lost')
  clock += 200
  t.equal(await ask(), 'Later', 'as does what is read now')

  await quietly('Missed')
  away = false
  await until('feed up', () => feed() === 'up')
  t.equal(await ask(), 'Missed', 'what may have been missed is read again once the feed is back')
})

t.test('a connection that dies without a word is noticed and replaced', async t => {
  const database = await testDatabase(t)
  const proxy = await freezingProxy(t, new URL(database.url))
  const connectionString = proxy.url
  const source = async () => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 })
    await client.connect()
    return client
  }
  const { ask, feed } = await listening(t, pgChangeFeed(source, { ...quick, timeout: 0.1 }), database)
  await until('feed up', () => feed() === 'up')
  await ask()
  proxy.freeze()
  await rename(database, 'Unheard')
  await until('feed down', () => feed() === 'down')
  await until('feed up', () => feed() === 'up')
  t.equal(await ask(), 'Unheard')
})

t.test('a database that stops and comes back takes the feed along and brings it back', async t => {
  const server = await ownServer(t)
  const { database } = server
  const { pool } = database
  let clock = Date.now()
  const { ask, feed, app } = await listening(t, pgChangeFeed(pool, quick), database, () => clock)
  await until('feed up', () => feed() === 'up')
  await ask()
  await server.stop()
  await until('feed down', () => feed() === 'down')
  t.equal(await ask(), '', 'a person in memory is answered for the short time')
  clock += 5000
  await t.rejects(ask(), { message: /^503 .*A0U_DATABASE_UNAVAILABLE/ }, 'and not longer')
  await server.start()
  await until('feed up', () => feed() === 'up')
  t.equal(await ask(), '')
  await rename(database, 'Told')
  await until('the change is obeyed', async () => (await ask()) === 'Told')
  await server.stop()
  await until('feed down', () => feed() === 'down')
  await app.close()
  t.equal(pool.totalCount, pool.idleCount, 'closing in the middle of it ends cleanly and keeps no connection')
})

t.test('closing the app ends the feed, whatever it was about to do', async t => {
  const database = await testDatabase(t)
  const start = async () => {
    const built = await listening(t, pgChangeFeed(feedClient(database, 'closed'), quick), database)
    return built
  }
  const atOnce = await start()
  await atOnce.app.close()
  const up = await start()
  await until('feed up', () => up.feed() === 'up')
  t.match(up.app.auth0Users.caches(), { feed: 'up', users: 0 })
  await up.ask()
  t.match(up.app.auth0Users.caches(), { users: 1 })
  await up.app.close()
  await until('no connection', async () => (await connections(database, 'closed')) === 0)
  const none = await build(t, { database })
  t.strictSame(none.app.auth0Users.caches(), { feed: 'none', users: 0 })
})

t.test('a feed of the host that cannot start is told of, and people live for the short time', async t => {
  const database = await testDatabase(t)
  const changes: ChangeFeed = { listen: () => Promise.reject(new Error('not today')) }
  const { feed, warnings } = await listening(t, changes, database)
  await until('it is told', () => warnings.length > 0)
  t.match(warnings[0], /not today/)
  t.equal(feed(), 'down')
})

t.test('a feed is trusted only when notifications of this database arrive by it', async t => {
  const [database, other] = await Promise.all([testDatabase(t), testDatabase(t)])
  let clock = Date.now()
  const now = () => clock

  await t.test('not one that reaches another database', async t => {
    const { ask, feed } = await listening(t, pgChangeFeed(other.pool, quick), database, now)
    const query = `select from pg_stat_activity where datname = current_database() and query ilike 'select pg_notify%'`
    await until('it listens', async () => ((await other.pool.query(query)).rowCount ?? 0) > 0)
    t.equal(feed(), 'down')
    await ask()
    await rename(database, 'Elsewhere')
    clock += 5001
    t.equal(await ask(), 'Elsewhere', 'people live for the short time')
  })

  await t.test('not one behind a pooler that swallows LISTEN', async t => {
    const source = async () => {
      const client = await feedClient(database, 'pooled')()
      const query = client.query.bind(client)
      client.query = ((text: string, values?: unknown[]) =>
        text.startsWith('listen') ? Promise.resolve() : query(text, values)) as typeof client.query
      return client
    }
    const { feed, warnings } = await listening(t, pgChangeFeed(source, { ...quick, timeout: 0.05 }), database, now)
    await until('it is told', () => warnings.length > 0)
    t.equal(feed(), 'down')
    t.match(warnings[0], /no notification came back/)
  })

  await t.test('not without its triggers', async t => {
    await database.pool.query('drop trigger accounts_identity_tell_insert on accounts_identity')
    const { feed, warnings } = await listening(t, pgChangeFeed(database.pool, quick), database, now)
    await until('it is told', () => warnings.length > 0)
    t.equal(feed(), 'down')
    t.match(warnings[0], /28 of 29 triggers of the change feed are there: run the migrations/)
  })
})

t.test('a row that was read before a change and arrives after its notification is not kept', async t => {
  const database = await testDatabase(t)
  const held = heldReads(t, database)
  const changes = pgChangeFeed(database.pool, quick)
  const { ask, feed, bearer, app } = await listening(t, changes, { ...database, db: held.db })
  const other = await bearer({ sub: 'auth0|bee', email: 'bee@x.test' })
  const askOther = async () => nameIn((await app.inject({ url: '/me', headers: { authorization: other } })).json())
  await until('feed up', () => feed() === 'up')
  await ask()
  await askOther()
  await rename(database, 'Held')
  held.hold(sub)
  await until('a read is held', () => {
    void ask().then(answer => held.answers.push(answer))
    return held.held() > 0
  })
  await database.pool.query(`update accounts_user set profile_data = '{"name": "Second"}'`)
  await until('the notification arrived', async () => (await askOther()) === 'Second')
  held.release()
  await until('the early request is answered', () => held.answers.includes('Held'))
  t.equal(await ask(), 'Second', 'only a request that came before the change may see what was before')
})

/** A handle whose reads of one identity are answered by the database, but delivered only when they are released. */
function heldReads(t: Test, { url }: TestDatabase) {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {}) // the database may go first
  let subject: string | null = null
  let waiting: (() => void)[] = []
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>
  const holding = {
    async connect() {
      const client = await connect()
      const query = client.query.bind(client) as (text: string, values: unknown[]) => Promise<unknown>
      const wrapped = Object.create(client)
      wrapped.query = async (text: string, values: unknown[]) => {
        const result = await query(text, values)
        if (subject !== null && JSON.stringify(values ?? []).includes(subject)) {
          await new Promise<void>(resolve => waiting.push(resolve))
        }
        return result
      }
      return wrapped as pg.PoolClient
    },
    end: () => pool.end(),
  }
  const db = new Kysely({ dialect: new PostgresDialect({ pool: holding }) }) as TestDatabase['db']
  t.teardown(() => db.destroy())
  return {
    db,
    answers: [] as string[],
    held: () => waiting.length,
    hold(given: string) {
      subject = given
    },
    release() {
      subject = null
      for (const resolve of waiting) resolve()
      waiting = []
    },
  }
}

/** A way to the server; `freeze` makes its present connections silent for good. */
async function freezingProxy(t: Test, target: URL): Promise<{ url: string; freeze(): void }> {
  const sockets = new Set<Socket>()
  const proxy: Server = createServer(client => {
    const upstream = openSocket(Number(target.port || 5432), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}) // the other side is ended below
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.pipe(client)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((proxy.address() as { port: number }).port)
  return {
    url: url.href,
    freeze() {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
  }
}
