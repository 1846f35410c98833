import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { Auth0UsersError, type Auth0UsersOptions } from '#plugin/index.js'
import { testToken } from '#plugin/testing/index.js'
import { build } from '../../helpers/app.ts'
import { type AppProcess, startAppProcess } from '../../helpers/app-process.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

const secret = 'a shared secret of the tests, long enough'
const place = { domain: 'tenant.eu.auth0.com', audience: 'https://api.example.test' }
const bearer = (claims: Record<string, unknown>) =>
  `Bearer ${testToken(secret, { iss: `https://${place.domain}/`, aud: place.audience, ...claims })}`

const count = async ({ db }: TestDatabase, table: string) =>
  (await sql<{ n: number }>`select count(*)::int n from ${sql.table(table)}`.execute(db)).rows[0]?.n

const deadlocks = async ({ db }: TestDatabase) => {
  const { rows } = await sql<{ deadlocks: string }>`
    select deadlocks from pg_stat_database where datname = current_database()`.execute(db)
  return Number(rows[0]?.deadlocks)
}

async function fleet(test: Test, size: number, afterCreate: boolean) {
  const database = await testDatabase(test)
  await sql`create table hook_run (user_id uuid)`.execute(database.db)
  const settings = { url: database.url, ...place, afterCreate, plugin: { test: { secret } } }
  const apps = await Promise.all(Array.from({ length: size }, () => startAppProcess(test, settings)))
  return { database, apps, at: (n: number) => apps[n % size] as AppProcess }
}

async function me({ origin }: AppProcess, authorization: string) {
  const answer = await fetch(`${origin}/me`, { headers: { authorization } })
  return { status: answer.status, body: (await answer.json()) as { id: string; auth0_id: string } }
}

async function statementsOf(apps: readonly AppProcess[]): Promise<Record<string, number>> {
  const sum: Record<string, number> = {}
  for (const { origin } of apps) {
    const counts = (await (await fetch(`${origin}/statements`)).json()) as Record<string, number>
    for (const [what, n] of Object.entries(counts)) sum[what] = (sum[what] ?? 0) + n
  }
  return sum
}

t.test('5,000 new people at once at two processes are 5,000 rows, each answered to its own person', async t => {
  const { database, apps, at } = await fleet(t, 2, false)
  const before = await deadlocks(database)
  const people = Array.from({ length: 5000 }, (_, n) => `auth0|p${n}`)
  // The first 1,000 ask at both processes, so that their batches overlap.
  const asked = [...people.map((sub, n) => ({ sub, n })), ...people.slice(0, 1000).map((sub, n) => ({ sub, n: n + 1 }))]
  const started = performance.now()
  const answers = await Promise.all(asked.map(({ sub, n }) => me(at(n), bearer({ sub }))))
  const took = performance.now() - started
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.strictSame(
    answers.map(({ body }) => body.auth0_id),
    asked.map(({ sub }) => sub),
  )
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 5000)
  t.equal(await count(database, 'accounts_user'), 5000)
  t.equal(await count(database, 'accounts_audit'), 5000)
  t.equal(await deadlocks(database), before, 'no deadlock')
  const statements = await statementsOf(apps)
  const total = Object.values(statements).reduce((a, b) => a + b, 0)
  t.comment(`6,000 requests in ${took.toFixed(0)} ms; ${total} statements: ${JSON.stringify(statements)}`)
  // How many misses a turn of the event loop brings is the machine's affair; the writes are gathered in any case.
  t.ok((statements['insert into "accounts_user"'] ?? Number.NaN) < 500, 'far fewer statements than people')
})

t.test('1,000 concurrent first requests of one person at four processes are one row and one afterCreate', async t => {
  const { database, at } = await fleet(t, 4, true)
  const authorization = bearer({ sub: 'auth0|ann' })
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => me(at(n), authorization)))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  for (const table of ['accounts_user', 'accounts_audit', 'hook_run']) t.equal(await count(database, table), 1, table)
})

t.test('with hooks everybody has a transaction of their own, and afterCreate runs once for each', async t => {
  const { database, apps, at } = await fleet(t, 2, true)
  const asked = Array.from({ length: 400 }, (_, n) => ({ sub: `auth0|h${n % 300}`, n }))
  const started = performance.now()
  const answers = await Promise.all(asked.map(({ sub, n }) => me(at(n), bearer({ sub }))))
  t.comment(`300 people with a hook in ${(performance.now() - started).toFixed(0)} ms`)
  t.strictSame(
    answers.map(({ body }) => body.auth0_id),
    asked.map(({ sub }) => sub),
  )
  t.equal(await count(database, 'accounts_user'), 300)
  t.equal(await count(database, 'hook_run'), 300)
  t.comment(JSON.stringify(await statementsOf(apps)))
})

/** An app in this process, and 300 people who come at once. */
async function crowd(t: Test, plugin: Partial<Auth0UsersOptions>, change: (n: number) => Record<string, unknown>) {
  const database = await testDatabase(t)
  const { app } = await build(t, {
    database,
    plugin: { ...place, test: { secret }, ...plugin },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const ask = (claims: Record<string, unknown>) =>
    app.inject({ url: '/me', headers: { authorization: bearer(claims) } })
  await ask({ sub: 'auth0|first', email: 'taken@x.test', email_verified: true })
  const people = Array.from({ length: 300 }, (_, n) => ({ sub: `auth0|c${n}`, email: `c${n}@x.test`, ...change(n) }))
  const answers = await Promise.all(people.map(ask))
  return { database, answers }
}

t.test('a poisoned member of a batch fails alone', async t => {
  t.test('whose email belongs to somebody else', async t => {
    const { answers, database } = await crowd(t, {}, n => (n === 150 ? { email: 'taken@x.test' } : {}))
    t.strictSame(statuses(answers), { 200: 299, 409: 1 })
    t.match(answers[150]?.json(), { code: 'A0U_EMAIL_CONFLICT' })
    t.equal(await count(database, 'accounts_user'), 300)
  })

  t.test('and one who is linked by a verified email is the person that there was', async t => {
    const options = { users: { emailConflict: 'link' } } as const
    const { answers, database } = await crowd(t, options, n =>
      n === 150 ? { email: 'taken@x.test', email_verified: true } : {},
    )
    t.strictSame(statuses(answers), { 200: 300 })
    t.equal(answers[150]?.json().auth0_id, 'auth0|first')
    t.equal(await count(database, 'accounts_user'), 300)
  })

  t.test('two of one batch with one email: one of them gets in', async t => {
    const { answers } = await crowd(t, {}, n => (n === 150 || n === 20 ? { email: 'same@x.test' } : {}))
    t.strictSame(statuses(answers), { 200: 299, 409: 1 })
  })

  t.test('whom a hook refuses', async t => {
    const beforeCreate = ({ auth0_id }: { auth0_id: string }) => {
      if (auth0_id === 'auth0|c150') throw Object.assign(new Error('Not you'), { statusCode: 403 })
      if (auth0_id === 'auth0|c151') throw new Error('a fault')
    }
    const { answers, database } = await crowd(t, { hooks: { beforeCreate } }, () => ({}))
    t.strictSame(statuses(answers), { 200: 298, 403: 1, 500: 1 })
    t.equal(answers[150]?.json().message, 'Not you')
    t.equal(await count(database, 'accounts_user'), 299)
  })

  t.test('whose username is taken gets another, whose username fits no column gets the error', async t => {
    const username = (sub: string) =>
      sub === 'auth0|c7' ? 'c8' : sub === 'auth0|c9' ? 'x'.repeat(400) : sub.replace('auth0|', '')
    const { answers, database } = await crowd(t, { username }, () => ({}))
    t.strictSame(statuses(answers), { 200: 299, 500: 1 })
    t.equal(answers[9]?.statusCode, 500)
    const names = [answers[7]?.json().username, answers[8]?.json().username].sort()
    t.match(names, ['c8', /^c8~[0-9a-f]{10}$/])
    t.equal(await count(database, 'accounts_user'), 300)
  })

  t.test('whose username rule throws', async t => {
    const username = (sub: string) => {
      if (sub === 'auth0|c150') throw new Auth0UsersError('A0U_USER_UNKNOWN')
      return sub
    }
    const { answers } = await crowd(t, { username }, () => ({}))
    t.strictSame(statuses(answers), { 200: 299, 403: 1 })
  })
})

t.test('the first answer tells people as triggers of the host left them, and nobody is read twice for it', async t => {
  const database = await testDatabase(t)
  await sql`
    create function greet() returns trigger language plpgsql as $$
    begin
      insert into accounts_user_permission (user_id, permission) values (new.id, 'store.view_asset');
      update accounts_user set profile_data = '{"welcome": true}' where id = new.id;
      return new;
    end $$`.execute(database.db)
  await sql`create trigger greet after insert on accounts_user for each row execute function greet()`.execute(
    database.db,
  )
  let reads = 0
  database.pool.on('acquire', () => reads++)
  const { app } = await build(t, {
    database,
    plugin: { ...place, test: { secret }, permissions: ['store.view_asset'], users: { activity: false } },
    routes: app =>
      app.get('/me', { config: { auth: { permissions: 'store.view_asset' } } }, request => request.getUser()),
  })
  const ask = (n: number) =>
    app.inject({ url: '/me', headers: { authorization: bearer({ sub: `auth0|g${n}`, email: `g${n}@x.test` }) } })
  reads = 0
  const first = await ask(100)
  t.equal(reads, 2, 'one look whether the person is there, one transaction')
  const answers = [first, ...(await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n))))]
  t.strictSame(statuses(answers), { 200: 101 })
  t.ok(answers.every(answer => answer.json().profile_data.welcome === true))
})

t.test('a trigger that waits for the end of the transaction has had its say before the first answer', async t => {
  const database = await testDatabase(t)
  await sql`
    create function vet() returns trigger language plpgsql as $$
    begin
      update accounts_user set is_active = false where id = new.id and email like 'spam%';
      return new;
    end $$`.execute(database.db)
  await sql`
    create constraint trigger vet after insert on accounts_user deferrable initially deferred
    for each row execute function vet()`.execute(database.db)
  const { app } = await build(t, {
    database,
    plugin: { ...place, test: { secret } },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const ask = (email: string) =>
    app.inject({ url: '/me', headers: { authorization: bearer({ sub: `auth0|${email}`, email }) } })
  const answers = await Promise.all([ask('spam@x.test'), ask('ann@x.test')])
  t.strictSame(statuses(answers), { 200: 1, 403: 1 })
  t.equal((await ask('spam@x.test')).json().code, 'A0U_USER_INACTIVE')
})

t.test(
  'an identity that is linked to somebody else meanwhile is answered as them, and nobody else is greeted',
  async t => {
    const database = await testDatabase(t)
    const greeted: string[] = []
    const { app } = await build(t, {
      database,
      plugin: { ...place, test: { secret }, hooks: { onCreated: ({ auth0_id }) => void greeted.push(auth0_id) } },
      routes: app => app.get('/me', request => request.getUser()),
    })
    const ask = (sub: string) => app.inject({ url: '/me', headers: { authorization: bearer({ sub }) } })
    await ask('auth0|old')
    // Stands for another process, which links the identity while this one makes a person of it.
    await sql`
    create function link() returns trigger language plpgsql as $$
    begin
      insert into accounts_identity (auth0_id, user_id)
      select new.auth0_id, id from accounts_user where auth0_id = 'auth0|old' and new.auth0_id = 'auth0|linked'
      on conflict do nothing;
      return new;
    end $$`.execute(database.db)
    await sql`create trigger link after insert on accounts_user for each row execute function link()`.execute(
      database.db,
    )
    const [linked, other] = await Promise.all([ask('auth0|linked'), ask('auth0|other')])
    t.equal(linked?.json().auth0_id, 'auth0|old')
    t.equal(other?.json().auth0_id, 'auth0|other')
    t.strictSame(greeted.sort(), ['auth0|linked', 'auth0|old', 'auth0|other'], 'each person who was made, once')
  },
)

t.test('who changes between the commit and the first answer is read again for the second', async t => {
  const database = await testDatabase(t)
  let evicted = 0
  const stream = {
    write(line: string) {
      const { event, userId } = JSON.parse(line)
      if (event !== 'user.created') return
      evicted++
      app.auth0Users.evict(userId)
    },
  }
  const { app } = await build(t, {
    database,
    fastify: { logger: { level: 'info', stream } },
    plugin: { ...place, test: { secret }, cache: { ttl: 3600 } },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const headers = { authorization: bearer({ sub: 'auth0|ann', email: 'ann@x.test' }) }
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
  t.equal(evicted, 1)
  await sql`update accounts_user set profile_data = '{"name": "Second"}'`.execute(database.db)
  t.equal((await app.inject({ url: '/me', headers })).json().profile_data.name, 'Second')
  await sql`update accounts_user set profile_data = '{"name": "Third"}'`.execute(database.db)
  t.equal((await app.inject({ url: '/me', headers })).json().profile_data.name, 'Second', 'kept from then on')
})

t.test('batches of crossed emails at two connections end, whichever of them deadlocks', async t => {
  const { database, at } = await fleet(t, 2, false)
  const total = 150
  // The order of the subjects is not the order of the emails, and differs between the processes.
  const asked = Array.from({ length: total * 2 }, (_, n) => {
    const k = n >> 1
    return n % 2 === 0
      ? { sub: `auth0|a${String(k).padStart(4, '0')}`, email: `e${k}@x.test`, n }
      : { sub: `auth0|b${String(total - k).padStart(4, '0')}`, email: `e${k}@x.test`, n }
  })
  const answers = await Promise.all(asked.map(({ sub, email, n }) => me(at(n), bearer({ sub, email }))))
  const seen = answers.reduce<Record<number, number>>((all, { status }) => {
    all[status] = (all[status] ?? 0) + 1
    return all
  }, {})
  t.strictSame(seen, { 200: total, 409: total })
  t.comment(`${await deadlocks(database)} deadlocks on the way`)
})

function statuses(answers: readonly { statusCode: number }[]): Record<number, number> {
  const found: Record<number, number> = {}
  for (const { statusCode } of answers) found[statusCode] = (found[statusCode] ?? 0) + 1
  return found
}
