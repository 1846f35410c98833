import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import t from 'tap'
import { createBackground } from '#app/background.js'
import { openQueue } from '#app/jobs/queue.js'
import { reconcile } from '#app/platform/copy.js'
import { crawl } from '#app/qa-crawler/crawl.js'
import { undeclared } from './databases.ts'
import { storeApp } from './store-app.ts'

/** A small site: three pages, one of which leads nowhere and one elsewhere. */
const site = createServer((request, response) => {
  const pages: Record<string, string> = {
    '/': '<a href="/one">1</a> <a class="x" href="two?a=1&amp;b=2">2</a> <a href="/gone#x">3</a> <a href="http://elsewhere.invalid/">4</a>',
    '/one': '<a href="/">home</a> <a href="/moved">moved</a>',
    '/two?a=1&b=2': 'text',
  }
  const page = pages[request.url ?? '']
  const status = request.url === '/moved' ? 302 : page === undefined ? 404 : 200
  response.writeHead(status, { 'content-type': 'text/html', location: 'http://elsewhere.invalid/secret' }).end(page)
}).listen(0, '127.0.0.1')
await once(site, 'listening')
t.teardown(() => site.close())
const host = `127.0.0.1:${(site.address() as AddressInfo).port}`

const store = await storeApp(t, ['default', 'qa_crawler', 'platform_replica'], { crawlerHosts: [host] })
const { app, databases, person } = store
const { worker } = createBackground({ databases, app, replicaKeptBy: 'app', crawlerHosts: [host] })
const { jobs } = openQueue(databases.default)

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

t.test('a query to a database that was not declared fails the test, naming it', async t => {
  const reported: string[] = []
  const db = undeclared('platform_replica', message => void reported.push(message))
  await t.rejects(sql`select 1`.execute(db), /"platform_replica" without declaring it/)
  await t.rejects(
    db.transaction().execute(async trx => sql`select 1`.execute(trx)),
    /"platform_replica" without declaring it/,
  )
  t.equal(reported.length, 2, 'also where the app turned the error into an answer')
})

t.test('the crawler is for those who may, visits listed hosts only, and counts broken links', async t => {
  const crawler = await person('crawler', { permissions: ['qa_crawler.qa_crawler'] })
  const other = await person('nobody')
  t.equal((await other.get('/qa-crawler/runs')).status, 403)
  for (const start_url of ['http://169.254.169.254/', 'http://localhost:1/', `http://u:p@${host}/`, `ftp://${host}/`]) {
    const refused = await crawler.send('POST', '/qa-crawler/runs', { start_url })
    t.match(refused, { status: 400, body: { code: 'TARGET_NOT_ALLOWED' } }, start_url)
  }
  const { status, body } = await crawler.send('POST', '/qa-crawler/runs', { start_url: `http://${host}/` })
  t.match({ status, body }, { status: 201, body: { status: 'queued', pages_checked: 0, finished_at: null } })
  await worker.drain()
  const run = await crawler.get(`/qa-crawler/runs/${body.id}`)
  t.match(run.body, { status: 'done', pages_checked: 5, broken_links: 2, finished_at: String })
  t.match((await crawler.get('/qa-crawler/runs')).body, { items: [{ id: body.id }], next: null })
  t.equal((await crawler.get('/qa-crawler/runs/0b2f9a4e-6f0c-4a53-9d53-5d2f5c1b7a10')).status, 404)

  await jobs.send('qa_crawler.crawl', { run_id: body.id })
  await worker.drain()
  t.match((await crawler.get(`/qa-crawler/runs/${body.id}`)).body, run.body, 'a job that runs twice changes nothing')
  const exported = await crawler.get('/accounts/users/profile/export')
  t.match(exported.body, { qa_crawler_runs: [{ id: body.id }], access_requests: [], messages: Array })
})

t.test('a page that is made to be slow to read is not', async t => {
  const nasty = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<a '.repeat(300_000)),
  ).listen(0, '127.0.0.1')
  await once(nasty, 'listening')
  t.teardown(() => nasty.close())
  const address = `127.0.0.1:${(nasty.address() as AddressInfo).port}`
  const cpu = process.cpuUsage()
  t.match(await crawl(`http://${address}/`, { hosts: [address] }), { pages: 1, broken: 0, reached: true })
  t.ok(process.cpuUsage(cpu).user < 10_000_000, 'in seconds, not minutes')
})

t.test('a run whose job was lost between the two databases is found and done', async t => {
  const { id } = await databases.qa_crawler
    .insertInto('qa_crawler_run')
    .values({
      start_url: `http://${host}/one`,
      requested_by: '0b2f9a4e-6f0c-4a53-9d53-5d2f5c1b7a10',
      created_at: new Date(Date.now() - 3_600_000),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await jobs.send('qa_crawler.recover', {})
  await jobs.send('qa_crawler.recover', {})
  await worker.drain()
  await worker.drain()
  const run = await databases.qa_crawler
    .selectFrom('qa_crawler_run')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  t.match(run, { status: 'done' })
})

t.test('campaigns are kept by those who may', async t => {
  const press = await person('press', { permissions: ['digital_pr.digital_pr'] })
  t.equal((await (await person('nobody')).get('/digital-pr/campaigns')).status, 403)
  const added = await press.send('POST', '/digital-pr/campaigns', { name: 'Spring' })
  t.match(added, { status: 201, body: { name: 'Spring', status: 'draft', mentions: 0, reach: 0 } })
  const path = `/digital-pr/campaigns/${added.body.id}`
  t.match((await press.send('PATCH', path, { status: 'running', mentions: 3 })).body, {
    status: 'running',
    mentions: 3,
  })
  t.match((await press.get('/digital-pr/campaigns')).body, { items: [{ id: added.body.id }], next: null })
  t.equal((await press.send('DELETE', path)).status, 204)
  t.equal((await press.send('DELETE', path)).status, 404)
  t.equal((await press.send('PATCH', path, { name: 'x' })).status, 404)
})

t.test('a platform writes to the default database and reads the copy; it never deletes', async t => {
  const all = ['store.view_asset', 'store.add_asset', 'store.change_asset', 'store.delete_asset'] as const
  const owner = await person('exchange', { permissions: all, flags: { is_platform: true } })
  const platform = await store.withApiToken(owner)
  t.match(await owner.get('/platform/assets'), { status: 401 }, 'with API tokens only')
  const stranger = await store.withApiToken(await person('script', { permissions: all }))
  t.equal((await stranger.get('/platform/assets')).status, 403, 'for platforms only')

  const put = await platform.send('PUT', '/platform/assets/PIC-1', asset)
  t.match(put, { status: 200, body: { external_id: 'PIC-1', version: 1, title: 'River levels' } })
  t.match((await platform.send('PUT', '/platform/assets/PIC-1', { ...asset, title: 'Two' })).body, {
    id: put.body.id,
    version: 2,
  })
  t.strictSame((await platform.get('/platform/assets')).body.items, [], 'the copy does not have it yet')
  await worker.drain()
  t.match((await platform.get('/platform/assets')).body, {
    items: [{ id: put.body.id, external_id: 'PIC-1', title: 'Two', version: 2 }],
    next: null,
  })
  const second = await store.withApiToken(await person('second', { permissions: all, flags: { is_platform: true } }))
  t.match((await second.get('/platform/assets')).body, { items: [{ external_id: null }] }, 'names are the owner’s')

  t.match(await platform.send('DELETE', '/platform/assets/PIC-1'), {
    status: 403,
    body: { code: 'A0U_PLATFORM_DELETE' },
  })
  t.equal((await platform.send('PUT', '/platform/assets/no%20name', asset)).status, 400)
  t.equal((await stranger.send('DELETE', '/platform/assets/PIC-1')).status, 404, 'not theirs')
})

t.test('twenty writers of one asset at once leave one asset, and the copy becomes the last of them', async t => {
  const rights = {
    permissions: ['store.add_asset', 'store.change_asset', 'store.view_asset'] as const,
    flags: { is_platform: true },
  }
  const platform = await store.withApiToken(await person('busy', rights))
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      platform.send('PUT', '/platform/assets/RACE', { ...asset, title: `Number ${index}` }),
    ),
  )
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  const ids = new Set(answers.map(({ body }) => body.id))
  t.equal(ids.size, 1)
  t.strictSame(
    answers.map(({ body }) => body.version).sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
  await Promise.all([worker.drain(), worker.drain(), worker.drain()])
  const last = answers.find(({ body }) => body.version === 20)
  const { items } = (await platform.get('/platform/assets')).body
  t.match(
    items.find(({ external_id }: { external_id: string }) => external_id === 'RACE'),
    { title: last?.body.title, version: 20 },
  )
})

t.test('what no job told of is found by comparing: changed, added and gone', async t => {
  await reconcile(databases)
  const before = await databases.platform_replica.selectFrom('platform_asset').select('id').execute()
  t.ok(before.length >= 2)
  const [first, second] = before
  await sql`update store_asset set title = 'By hand', version = version + 1 where id = ${first?.id}`.execute(
    databases.default,
  )
  await sql`update store_asset set withdrawn_at = now() where id = ${second?.id}`.execute(databases.default)
  await sql`update platform_asset set id = gen_random_uuid(), position = -1 where id = ${before[2]?.id ?? first?.id}`.execute(
    databases.platform_replica,
  )
  t.ok((await reconcile(databases)) >= 3)
  t.equal(await reconcile(databases), 0, 'nothing differs any more')
  const copies = await databases.platform_replica.selectFrom('platform_asset').selectAll().orderBy('id').execute()
  const originals = await databases.default.selectFrom('platform_asset').selectAll().orderBy('id').execute()
  t.strictSame(copies, originals)
})

t.test('every route of the app is documented: summary, group, and examples to try', async t => {
  interface Operation {
    readonly summary?: string
    readonly tags?: readonly string[]
    readonly parameters?: readonly unknown[]
    readonly requestBody?: unknown
    readonly responses: Readonly<Record<string, unknown>>
  }
  interface OpenApi {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
    readonly tags: readonly { readonly name: string }[]
  }
  const document = (await app.inject('/documentation/json')).json<OpenApi>()
  const known = new Set(document.tags.map(({ name }) => name))
  const own = Object.entries(document.paths).filter(([path]) => /^\/api\/v1\/(?!accounts)/.test(path))
  t.ok(own.length >= 18)
  for (const [path, operations] of own) {
    for (const [method, { summary, tags = [], requestBody, responses }] of Object.entries(operations)) {
      const name = `${method} ${path}`
      t.match(summary, /^[A-Z].{3,}[^.]$/, name)
      t.ok(tags.length === 1 && known.has(tags[0] ?? ''), `${name}: in a group that is explained`)
      if (requestBody !== undefined) t.match(JSON.stringify(requestBody), /"(examples?|default)"/, `${name}: body`)
      t.ok(
        Object.keys(responses).some(status => status.startsWith('2')),
        `${name}: what it answers`,
      )
    }
  }
})
