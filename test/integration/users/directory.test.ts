import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import t from 'tap'
import { system } from '#plugin/audit/audit.js'
import { bindDatabases } from '#plugin/db/handle.js'
import { migrate } from '#plugin/db/migrations/index.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { updateSeen } from '#plugin/users/activity/activity.repository.js'
import { createDirectory } from '#plugin/users/directory/directory.service.js'
import { selectByIdentities } from '#plugin/users/memory/by-identity.repository.js'
import { build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test', given_name: 'Ann', family_name: 'Lee' }

t.test('people are searched on their indexes among 100,000', async t => {
  const { pool } = await testDatabase(t)
  await pool.query(`
    insert into accounts_user (auth0_id, username, email, first_name, last_name)
    select 'auth0|' || n, 'auth0.' || n, 'P' || n || '@x.test', case when n % 1000 = 0 then 'Zoë' else 'Ann' end,
      'Family' || n from generate_series(1, 100000) n`)
  await pool.query('analyze accounts_user')
  const ran: CompiledQuery[] = []
  const dialect = new PostgresDialect({ pool })
  const db = new Kysely<Auth0UsersTables>({ dialect, log: event => void ran.push(event.query) })
  const directory = createDirectory(bindDatabases(db), { now: Date.now })

  t.match((await directory.search({ text: 'P4711@' })).items, [{ email: 'P4711@x.test' }])
  t.match((await directory.search({ text: 'FAMILY4711' })).items[0], { last_name: 'Family4711' })
  t.match((await directory.search({ text: 'auth0.4711' })).items[0], { username: 'auth0.4711' })
  t.equal((await directory.search({ text: 'zoë family5000' })).items.length, 2, 'family5000 and family50000')
  t.equal((await directory.search({ text: '%' })).items.length, 0, 'a wildcard is a character')
  for (const text of ['\u0000', '\ud800', '_', '\\', "'"]) t.equal((await directory.search({ text })).items.length, 0)

  const found = new Set<string>()
  let pages = 0
  for (let after: string | null | undefined; after !== null; pages++) {
    const page = await directory.search({ text: 'zoë', limit: 30, ...(after === undefined ? {} : { after }) })
    for (const { id } of page.items) found.add(id)
    t.notMatch(page.next, /zoë|@/i)
    after = page.next
  }
  t.strictSame([found.size, pages], [100, 4], 'everybody once')

  let listed = 0
  for (let after: string | null | undefined; after !== null; ) {
    const page = await directory.search({ text: 'p1234', limit: 100, ...(after === undefined ? {} : { after }) })
    listed += page.items.length
    after = page.next
  }
  t.equal(listed, 11)
  await directory.search({})
  await directory.findByAuth0Id('auth0|77')
  for (const { sql: text, parameters } of ran) {
    const plan = (await pool.query(`explain ${text}`, [...parameters])).rows.map(row => row['QUERY PLAN']).join('\n')
    t.notMatch(plan, /Seq Scan on accounts_(user|identity)/, plan)
  }
})

t.test('a person found by several fields is listed once, and a page can begin between the fields', async t => {
  const { db } = await testDatabase(t)
  await sql`insert into accounts_user (auth0_id, username, email, first_name, last_name) values
    ('a|1', 'ann1', 'ann1@x.test', 'Ann', 'Ann'), ('a|2', 'ann2', null, 'Bee', ''), ('a|3', 'x3', null, 'Ann', ''),
    ('a|4', 'x4', null, 'Bee', 'Annson'), ('a|5', 'x5', null, 'Bee', 'Bee')`.execute(db)
  const directory = createDirectory(bindDatabases(db), { now: Date.now })
  const names: string[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page = await directory.search({ text: ' ANN ', limit: 1, ...(after === undefined ? {} : { after }) })
    names.push(...page.items.map(({ username }) => username))
    after = page.next
  }
  t.strictSame(names, ['ann1', 'ann2', 'x3', 'x4'])
  t.equal((await directory.search()).items.length, 5)

  for (const limit of [0, 101, 1.5, Number.NaN])
    await t.rejects(directory.search({ limit }), { code: 'A0U_BODY_INVALID' })
  for (const after of ['', 'x', 'email.', 'email.x', 'phone.00000000-0000-4000-8000-000000000000']) {
    await t.rejects(directory.search({ after }), { code: 'A0U_BODY_INVALID' }, after)
  }
  const after = 'email.00000000-0000-4000-8000-000000000000'
  await t.rejects(directory.search({ text: 'ann', after }), { code: 'A0U_BODY_INVALID' }, 'a person who is gone')
})

t.test('lists are read from the replica when asked', async t => {
  const primary = await testDatabase(t)
  const replica = await testDatabase(t)
  await sql`insert into accounts_user (auth0_id, username) values ('a|1', 'only-there')`.execute(replica.db)
  const databases = bindDatabases({ primary: primary.db, replica: replica.db })
  const directory = createDirectory(databases, { now: Date.now })
  t.equal((await directory.search({ text: 'only' })).items.length, 0)
  t.equal((await directory.search({ text: 'only', replica: true })).items.length, 1)
  t.equal(await directory.findByAuth0Id('a|1'), null)
  t.match(await directory.findByAuth0Id('a|1', { replica: true }), { username: 'only-there', last_seen_at: null })
})

t.test('deactivating, reactivating and signing out take effect at once, audited', async t => {
  let clock = Math.floor(Date.now() / 1000) * 1000 + 400
  const { app, bearer, database } = await build(t, {
    plugin: { now: () => clock },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const get = async (claims = {}) =>
    app.inject({ url: '/me', headers: { authorization: await bearer({ ...ann, ...claims }) } })
  const second = () => Math.floor(clock / 1000)
  const { id } = (await get()).json() as { id: string }
  const { users } = app.auth0Users
  const actor = { ...system, actorId: id, method: 'jwt', requestId: 'r1' }

  t.match(await users.find(id), { id, email: 'ann@x.test', is_active: true })
  t.equal((await users.findByAuth0Id('auth0|ann'))?.id, id)
  t.match(await users.deactivate(id, actor), { id, is_active: false })
  t.match(await users.deactivate(id, actor), { is_active: false }, 'a second time changes nothing')
  t.equal((await get()).statusCode, 403)
  t.match(await users.reactivate(id, actor), { is_active: true })
  t.equal((await get()).statusCode, 200)

  const old = { iat: second() - 1 }
  t.equal((await get(old)).statusCode, 200)
  clock += 300
  await users.signOutEverywhere(id, actor)
  t.match((await get(old)).json(), { statusCode: 401, code: 'A0U_TOKEN_REVOKED' })
  t.equal((await get({ iat: second() })).statusCode, 200, 'a token of the same second is good')

  for (const nobody of ['00000000-0000-4000-8000-000000000000', 'x', '']) {
    t.equal(await users.find(nobody), null)
    t.equal(await users.deactivate(nobody, actor), null)
    t.equal(await users.signOutEverywhere(nobody, actor), null)
  }
  t.equal(await users.findByAuth0Id('\u0000'), null)
  const trail = await database.db.selectFrom('accounts_audit').select(['action', 'actor_id']).orderBy('id').execute()
  t.strictSame(
    trail.map(({ action }) => action),
    ['user.created', 'user.deactivated', 'user.reactivated', 'user.signed_out'],
  )
})

t.test('with a schema and a prefix of their own, the tables there are asked, those of the grants too', async t => {
  const { db } = await testDatabase(t)
  const tables = { schema: 'people', prefix: 'acc_' }
  await migrate(db, tables)
  const databases = bindDatabases(db, tables)
  const { primary } = databases
  const { id } = await primary
    .insertInto('accounts_user')
    .values({ auth0_id: 'auth0|ann', username: 'ann', profile_data: '{}' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const group = { name: 'staff' }
  const { id: group_id } = await primary
    .insertInto('accounts_group')
    .values(group)
    .returning('id')
    .executeTakeFirstOrThrow()
  await primary.insertInto('accounts_user_permission').values({ user_id: id, permission: 'a.direct' }).execute()
  await primary.insertInto('accounts_group_permission').values({ group_id, permission: 'a.by_group' }).execute()
  await primary.insertInto('accounts_user_group').values({ user_id: id, group_id }).execute()
  const row = (await selectByIdentities(primary, ['auth0|ann'])).get('auth0|ann')
  t.strictSame(row?.permissions.sort(), ['a.by_group', 'a.direct'])
  t.equal(await updateSeen(primary, [{ id, seen_at: '2030-01-01T00:00:00Z', login_at: '2030-01-01T00:00:00Z' }], 60), 1)
  const directory = createDirectory(databases, { now: Date.now })
  t.match((await directory.search({ text: 'ann' })).items, [{ id, last_seen_at: '2030-01-01T00:00:00.000Z' }])
  t.match(await directory.deactivate(id, system), { is_active: false })
})
