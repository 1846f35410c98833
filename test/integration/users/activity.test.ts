import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import t from 'tap'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { createActivity } from '#plugin/users/activity/activity.js'
import { build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const start = Date.UTC(2030, 0, 1)
const ann = { sub: 'auth0|ann', email: 'ann@x.test' }

/** A log that keeps its warnings. */
function memoryLog() {
  const warnings: unknown[] = []
  const log = { warn: (fields: unknown) => void warnings.push(fields) }
  return { warnings, log: log as never }
}

async function place(test: Parameters<typeof testDatabase>[0], people: number) {
  const database = await testDatabase(test)
  const ran: CompiledQuery[] = []
  const dialect = new PostgresDialect({ pool: database.pool })
  const db = new Kysely<Auth0UsersTables>({ dialect, log: event => void ran.push(event.query) })
  await sql`insert into accounts_user (auth0_id) select 'auth0|' || n from generate_series(1, ${people}::int) n`.execute(
    database.db,
  )
  const ids = (await database.db.selectFrom('accounts_user').select('id').orderBy('auth0_id').execute()).map(r => r.id)
  const row = (id = '') =>
    database.db.selectFrom('accounts_user').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return { database, db, ran, ids, row }
}

t.test('a flush is one statement for everybody, and touches nothing but the two columns', async t => {
  const { db, ran, ids, row } = await place(t, 300)
  const before = await row(ids[0])
  const { log } = memoryLog()
  let clock = start
  const activity = createActivity(db, { interval: 60, now: () => clock, log })
  for (const id of ids) activity.seen(id, start - 5000)
  activity.seen(ids[0] ?? '', start - 1000)
  activity.seen(ids[0] ?? '', start - 9000)
  await activity.flush()
  t.equal(ran.length, 1)
  t.strictSame(await row(ids[0]), { ...before, last_seen_at: new Date(start), last_login_at: new Date(start - 1000) })
  t.strictSame((await row(ids[299])).last_login_at, new Date(start - 5000))

  clock += 59_000
  activity.seen(ids[0] ?? '', start - 1000)
  await activity.flush()
  t.strictSame((await row(ids[0])).last_seen_at, new Date(start), 'at most one write of a person in an interval')
  activity.seen(ids[0] ?? '', start + 30_000)
  await activity.flush()
  t.match(await row(ids[0]), { last_login_at: new Date(start + 30_000) }, 'but a new sign-in is written')
  await activity.flush()
  t.equal(ran.length, 3, 'and with nothing to write, nothing is sent')
  await activity.close()
})

t.test('a failing flush keeps what it has, within its bound, and never rejects', async t => {
  const { database, db, ids, row } = await place(t, 3)
  const { log, warnings } = memoryLog()
  const activity = createActivity(db, { interval: 60, capacity: 2, now: () => start, log })
  await sql`alter table accounts_user rename to away`.execute(database.db)
  for (const id of ids) activity.seen(id, start)
  await activity.flush()
  await activity.flush()
  t.equal(warnings.length, 2)
  await sql`alter table away rename to accounts_user`.execute(database.db)
  await activity.close()
  const seen = await Promise.all(ids.map(async id => (await row(id)).last_seen_at !== null))
  t.strictSame(seen, [false, true, true], 'the oldest was dropped, the others were written at the end')
})

t.test(
  'a row that somebody else is writing is passed over, and two writers of the same people never deadlock',
  async t => {
    const { database, db, ids, row } = await place(t, 200)
    const { log, warnings } = memoryLog()
    const options = { interval: 60, now: () => start, log }
    const [one, two] = [createActivity(db, options), createActivity(database.connect().db, options)]
    for (const id of ids) one.seen(id, start)
    for (const id of ids.toReversed()) two.seen(id, start)
    const [first = ''] = ids
    await database.db.transaction().execute(async trx => {
      await sql`update accounts_user set first_name = 'x' where id = ${first}`.execute(trx)
      await Promise.all([one.flush(), two.flush()])
    })
    t.equal((await row(first)).last_seen_at, null)
    t.strictSame((await row(ids[1])).last_seen_at, new Date(start))
    t.equal(warnings.length, 0)
    await Promise.all([one.close(), two.close()])
  },
)

t.test('the timer flushes by itself', async t => {
  const { db, ids, row } = await place(t, 1)
  const activity = createActivity(db, { interval: 0.01, now: () => start, log: memoryLog().log })
  activity.seen(ids[0] ?? '', start)
  while ((await row(ids[0])).last_seen_at === null) await new Promise(resolve => setImmediate(resolve))
  t.strictSame((await row(ids[0])).last_seen_at, new Date(start))
  await activity.close()
})

t.test('an app notes who was seen and writes it when it closes; with false it writes nothing', async t => {
  const database = await testDatabase(t)
  const routes = (app: Parameters<NonNullable<Parameters<typeof build>[1]>['routes'] & {}>[0]) =>
    app.get('/me', request => request.getUser())
  const row = () => database.db.selectFrom('accounts_user').selectAll().executeTakeFirstOrThrow()
  const silent = await build(t, { database, routes, plugin: { users: { activity: false } } })
  const get = async ({ app, bearer }: typeof silent) =>
    app.inject({ url: '/me', headers: { authorization: await bearer(ann) } })
  t.equal((await get(silent)).statusCode, 200)
  await silent.app.close()
  const before = await row()
  t.equal(before.last_seen_at, null)

  const built = await build(t, { database, routes, issuer: silent.issuer })
  for (let n = 0; n < 3; n++) t.equal((await get(built)).statusCode, 200)
  t.strictSame(await row(), before, 'nothing is written for a request')
  await built.app.close()
  const after = await row()
  t.ok(after.last_seen_at)
  t.strictSame(after.updated_at, before.updated_at)

  await sql`update accounts_user set last_seen_at = null, is_active = false`.execute(database.db)
  const refused = await build(t, { database, routes, issuer: silent.issuer })
  t.equal((await get(refused)).statusCode, 403)
  await refused.app.close()
  t.equal((await row()).last_seen_at, null, 'who is refused was not seen')
})
