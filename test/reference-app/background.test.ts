import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { buildApp } from '#app/app.js'
import { createBackground } from '#app/background.js'
import { openQueue } from '#app/jobs/queue.js'
import { tellExpiries } from '#app/messages/messages.js'
import type { QaCrawlerDatabase } from '#app/qa-crawler/tables.js'
import { storeApp } from './store-app.ts'

const { app, auth, databases, person } = await storeApp(t, ['default', 'qa_crawler', 'platform_replica'])
const { worker, scheduler } = createBackground({ databases, app, replicaKeptBy: 'app', crawlerHosts: [] })
const { boss, jobs } = openQueue(databases.default)

const asset = {
  title: 'River levels',
  summary: 'Hourly.',
  description: '',
  kind: 'dataset',
  creator: 'Northlight',
  terms: 'Any.',
  price_cents: 0,
  currency: 'EUR',
}

t.test('the welcome is asked for in the transaction that makes the person, and written once', async t => {
  await worker.drain()
  const { id } = await person('newcomer')
  const waiting = async (): Promise<number> => boss.getQueueSize('people.welcome')
  t.equal(await waiting(), 1)
  await worker.drain()
  t.equal(await waiting(), 0)
  await jobs.send('people.welcome', { user_id: id })
  await worker.drain()
  const { rows } = await sql`select kind, subject from outbox_message where user_id = ${id}`.execute(databases.default)
  t.strictSame(rows, [{ kind: 'welcome', subject: 'Welcome to the asset store' }])

  const failed = databases.default.transaction().execute(async trx => {
    await jobs.send('people.welcome', { user_id: id }, { trx })
    throw new Error('the person was not made after all')
  })
  await t.rejects(failed)
  t.equal(await waiting(), 0, 'no person, no job')
})

t.test('decisions and the end of licences are told once', async t => {
  const desk = await person('desk', {
    permissions: ['store.add_asset', 'store.delete_asset', 'store.view_accessrequest', 'store.change_accessrequest'],
  })
  const holder = await person('holder')
  const ids: string[] = []
  for (const title of ['Kept', 'Ending', 'Ended', 'Refused']) {
    const { body } = await desk.send('POST', '/store/assets', { ...asset, title })
    const asked = await holder.send('POST', '/store/access-requests', { asset_id: body.id, purpose: 'x' })
    ids.push(asked.body.id)
    const path = `/store/access-requests/${asked.body.id}`
    if (title === 'Refused') await desk.send('POST', `${path}/refuse`, { reason: 'Not this time' })
    else await desk.send('POST', `${path}/approve`, { days: title === 'Kept' ? 30 : 3 })
  }
  const { body: gone } = await desk.send('POST', '/store/assets', { ...asset, title: 'Gone' })
  await holder.send('POST', '/store/access-requests', { asset_id: gone.id, purpose: 'x' })
  t.equal((await desk.send('DELETE', `/store/assets/${gone.id}`)).status, 204)
  await sql`update store_licence set expires_at = now() - interval '1 day' where request_id = ${ids[2]}`.execute(
    databases.default,
  )
  for (const _ of [1, 2]) {
    await tellExpiries(databases.default)
    await jobs.send('people.tell_decision', { request_id: ids[0] ?? '' })
    await worker.drain()
  }
  const { rows } = await sql<{ line: string }>`
    select kind || ': ' || subject as line from outbox_message where user_id = ${holder.id} order by line`.execute(
    databases.default,
  )
  t.strictSame(
    rows.map(({ line }) => line),
    [
      'decision: Your licence for Ended',
      'decision: Your licence for Ending',
      'decision: Your licence for Kept',
      'decision: Your request for Gone',
      'decision: Your request for Refused',
      'licence_expired: Your licence for Ended',
      'licence_expires_soon: Your licence for Ending',
      'welcome: Welcome to the asset store',
    ],
  )
})

t.test('who has been anonymised is told nothing any more', async t => {
  const desk = await person('last desk', { flags: { is_staff: true, is_superuser: true } })
  const leaver = await person('leaver')
  const { body: offered } = await desk.send('POST', '/store/assets', asset)
  const { body } = await leaver.send('POST', '/store/access-requests', { asset_id: offered.id, purpose: 'x' })
  await desk.send('POST', `/store/access-requests/${body.id}/approve`)
  t.equal(await app.auth0Users.privacy.anonymise(leaver.id), 'anonymised')
  await worker.drain()
  const { rows } = await sql`select from outbox_message where user_id = ${leaver.id}`.execute(databases.default)
  t.equal(rows.length, 0)
})

t.test('what is due is sent once in its time, by however many processes, and all of it can be done', async t => {
  await databases.default.deleteFrom('outbox_message').execute()
  const another = createBackground({ databases, app, replicaKeptBy: 'app', crawlerHosts: [] })
  await Promise.all([scheduler.tick(), another.scheduler.tick(), scheduler.tick()])
  const { rows } = await sql<{ name: string; count: number }>`
    select name, count(*)::int as count from pgboss.job where singleton_key = 'schedule' group by name order by name`.execute(
    databases.default,
  )
  t.strictSame(
    rows.map(row => [row.name, row.count]),
    [
      ['housekeeping.purge', 1],
      ['licences.expire', 1],
      ['people.count_abandoned', 1],
      ['platform.reconcile', 1],
      ['qa_crawler.recover', 1],
    ],
  )
  await Promise.all([worker.drain(), another.worker.drain()])
  const states = await sql<{ state: string }>`
    select distinct state from pgboss.job where singleton_key = 'schedule'`.execute(databases.default)
  t.strictSame(states.rows, [{ state: 'completed' }])
  await another.stop()
})

t.test('a job that fails is tried again later, is dead in the end, and staff put it back', async t => {
  const staff = await person('staff', {
    permissions: ['jobs.view_job', 'jobs.change_job'],
    flags: { is_staff: true },
  })
  const ordinary = await person('ordinary', { permissions: ['jobs.view_job'] })
  t.equal((await ordinary.get('/staff/jobs')).status, 403, 'staff only')
  t.equal((await ordinary.get('/staff/overview')).status, 403)
  await worker.drain()

  // The run's id is no uuid, so PostgreSQL refuses the statement each time.
  await jobs.send('qa_crawler.crawl', { run_id: 'nonsense' })
  const attempt = async (): Promise<string[]> => {
    await sql`update pgboss.job set start_after = now() where name = 'qa_crawler.crawl' and state = 'retry'`.execute(
      databases.default,
    )
    await worker.drain()
    const { rows } = await sql<{ state: string }>`
      select state from pgboss.job where name = 'qa_crawler.crawl' and data->>'run_id' = 'nonsense'`.execute(
      databases.default,
    )
    return rows.map(({ state }) => state)
  }
  t.strictSame(await attempt(), ['retry'])
  t.strictSame(await attempt(), ['retry'])
  t.strictSame(await attempt(), ['failed'])

  const { body } = await staff.get('/staff/jobs')
  t.match(body.dead, [{ queue: 'qa_crawler.crawl', error: /uuid/, attempts: 3, created_at: String }])
  const queue = body.queues.find(({ name }: { name: string }) => name === 'qa_crawler.crawl')
  t.match(queue, { waiting: 0, active: 0, retrying: 0, failed: 1 })
  t.match((await staff.get('/staff/overview')).body, {
    people: Number,
    pending_requests: 0,
    active_licences: 2,
    assets: Number,
    failed_jobs: 1,
  })
  const [{ id }] = body.dead
  const viewer = await person('viewer', { permissions: ['jobs.view_job'], flags: { is_staff: true } })
  t.equal((await viewer.send('POST', `/staff/jobs/${id}/retry`)).status, 403)
  t.match(await staff.send('POST', `/staff/jobs/${id}/retry`), { status: 200, body: { id, queue: 'qa_crawler.crawl' } })
  t.equal((await staff.send('POST', `/staff/jobs/${id}/retry`)).status, 404, 'it waits already')
  t.strictSame(await attempt(), ['failed'], 'and is dead again')
})

t.test('the worker goes on through an outage and stops between two jobs', async t => {
  const background = createBackground({ databases, app, replicaKeptBy: 'app', crawlerHosts: [] })
  background.worker.run()
  background.worker.run()
  const { id } = await person('late')
  const written = async (): Promise<number> => {
    const { rows } = await sql`select from outbox_message where user_id = ${id}`.execute(databases.default)
    return rows.length
  }
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
    databases.default,
  )
  for (let waited = 0; (await written()) === 0 && waited < 200; waited += 1)
    await new Promise(done => setTimeout(done, 25))
  t.equal(await written(), 1)
  await background.stop()
  await jobs.send('people.welcome', { user_id: id })
  t.equal(await background.worker.drain(), 0, 'a stopped worker takes nothing')
})

t.test('a database that is away is 503 where it is needed, and nowhere else', async t => {
  const pool = new pg.Pool({ connectionString: 'postgres://nobody:secret@127.0.0.1:9/away' })
  const qa_crawler = new Kysely<QaCrawlerDatabase>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => qa_crawler.destroy())
  const lame = await buildApp({ databases: { ...databases, qa_crawler }, auth })
  t.teardown(() => lame.close())
  const { authorization } = await person('crawler', { permissions: ['qa_crawler.qa_crawler'] })
  const runs = await lame.inject({ url: '/api/v1/qa-crawler/runs', headers: { authorization } })
  t.equal(runs.statusCode, 503)
  t.match(runs.json(), { code: 'A0U_DATABASE_UNAVAILABLE' })
  t.equal(runs.headers['retry-after'], '5')
  t.notMatch(runs.body, /127\.0\.0\.1|secret/)
  t.equal((await lame.inject({ url: '/api/v1/store/assets', headers: { authorization } })).statusCode, 200)
})
