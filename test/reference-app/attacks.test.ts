import Fastify from 'fastify'
import { sql } from 'kysely'
import t from 'tap'
import { toPrefixQuery } from '#app/assets/search.js'
import { readConfig } from '#app/config.js'
import { loggerOptions } from '#app/logger.js'
import { type Caller, storeApp } from './store-app.ts'

const { app, databases, person, withApiToken } = await storeApp(t, ['default', 'qa_crawler', 'platform_replica'])

const staff = await person('staff', { flags: { is_staff: true, is_superuser: true } })
const noor = await person('noor')
const other = await person('other')
const platform = await withApiToken(
  await person('exchange', {
    flags: { is_platform: true },
    permissions: ['store.view_asset', 'store.add_asset', 'store.change_asset'],
  }),
)

const content = {
  title: 'Harbour at first light',
  summary: 'Cranes and calm water.',
  description: 'Twelve frames.',
  kind: 'photo',
  creator: 'Studio Halden',
  terms: 'Web only.',
  price_cents: 4900,
  currency: 'EUR',
}
const { body: asset } = await staff.send('POST', '/store/assets', content)
const { body: request } = await noor.send('POST', '/store/access-requests', { asset_id: asset.id, purpose: 'A cover' })
const { body: campaign } = await staff.send('POST', '/digital-pr/campaigns', { name: 'Spring' })

type Call = readonly [method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object]

/** Every route of the app itself that needs more than to be signed in. */
const guarded: readonly Call[] = [
  ['POST', '/store/assets', content],
  ['PATCH', `/store/assets/${asset.id}`, { price_cents: 1 }],
  ['DELETE', `/store/assets/${asset.id}`],
  ['GET', '/store/access-requests'],
  ['POST', `/store/access-requests/${request.id}/approve`, { days: 1 }],
  ['POST', `/store/access-requests/${request.id}/refuse`, { reason: 'x' }],
  ['GET', '/qa-crawler/runs'],
  ['POST', '/qa-crawler/runs', { start_url: 'http://localhost:3000/' }],
  ['GET', `/qa-crawler/runs/${asset.id}`],
  ['GET', '/digital-pr/campaigns'],
  ['POST', '/digital-pr/campaigns', { name: 'x' }],
  ['PATCH', `/digital-pr/campaigns/${campaign.id}`, { name: 'x' }],
  ['DELETE', `/digital-pr/campaigns/${campaign.id}`],
  ['GET', '/platform/assets'],
  ['PUT', '/platform/assets/mine', content],
  ['DELETE', '/platform/assets/mine'],
  ['GET', '/staff/overview'],
  ['GET', '/staff/jobs'],
  ['POST', `/staff/jobs/${asset.id}/retry`],
]

const call = (who: Caller, [method, path, body]: Call) =>
  method === 'GET' ? who.get(path) : who.send(method, path, body)

t.test('who may nothing but sign in is refused at every guarded route', async t => {
  for (const route of guarded) {
    // At those of platforms a token of Auth0 is no credential at all.
    const wanted = route[1].startsWith('/platform') ? 401 : 403
    t.equal((await call(other, route)).status, wanted, route.slice(0, 2).join(' '))
  }
})

t.test('a credential that was not given is asked for at every route', async t => {
  const open: readonly Call[] = [
    ['GET', '/me'],
    ['GET', '/store/assets'],
    ['GET', `/store/assets/${asset.id}`],
    ['POST', '/store/access-requests', { asset_id: asset.id, purpose: 'x' }],
    ['GET', '/store/access-requests/mine'],
    ['POST', `/store/access-requests/${request.id}/withdraw`],
    ['GET', '/store/licences'],
    ['GET', `/store/licences/${asset.id}/certificate`],
  ]
  for (const [method, path, payload] of [...guarded, ...open]) {
    const answer = await app.inject({ method, url: `/api/v1${path}`, ...(payload === undefined ? {} : { payload }) })
    t.equal(answer.statusCode, 401, `${method} ${path}`)
  }
})

t.test('the token of a platform opens the routes of platforms and no others', async t => {
  t.equal((await platform.get('/platform/assets')).status, 200)
  for (const route of [
    ...guarded.filter(([, path]) => !path.startsWith('/platform')),
    ['GET', '/store/access-requests/mine'],
    ['POST', '/store/access-requests', { asset_id: asset.id, purpose: 'x' }],
    ['GET', '/store/licences'],
    ['GET', '/store/assets'],
    ['GET', `/store/assets/${asset.id}`],
  ] satisfies Call[]) {
    const { status } = await call(platform, route)
    t.ok(status === 401 || status === 403, `${route.slice(0, 2).join(' ')}: ${status}`)
  }
})

t.test('ids that PostgreSQL would not take are refused by the schema', async t => {
  const ids = [
    `urn:uuid:${asset.id}`,
    asset.id.toUpperCase(),
    `{${asset.id}}`,
    asset.id.replaceAll('-', ''),
    '1',
    '%00',
  ]
  const paths = (id: string): readonly Call[] => [
    ['GET', `/store/assets/${id}`],
    ['GET', `/store/assets/${id}/preview.svg`],
    ['PATCH', `/store/assets/${id}`, { price_cents: 1 }],
    ['POST', `/store/access-requests/${id}/withdraw`],
    ['GET', `/store/licences/${id}/certificate`],
    ['GET', `/qa-crawler/runs/${id}`],
    ['DELETE', `/digital-pr/campaigns/${id}`],
    ['POST', `/staff/jobs/${id}/retry`],
  ]
  for (const id of ids) {
    for (const route of paths(id)) t.equal((await call(staff, route)).status, 400, route.slice(0, 2).join(' '))
    const asked = await noor.send('POST', '/store/access-requests', { asset_id: id, purpose: 'x' })
    t.equal(asked.status, 400, id)
  }
})

t.test('a NUL character is refused wherever somebody may write', async t => {
  const nul = 'a\0b'
  for (const field of ['title', 'summary', 'description', 'creator', 'terms']) {
    t.equal((await staff.send('POST', '/store/assets', { ...content, [field]: nul })).status, 400, field)
    t.equal((await staff.send('PATCH', `/store/assets/${asset.id}`, { [field]: nul })).status, 400, field)
  }
  const calls: readonly (readonly [Caller, Call])[] = [
    [noor, ['POST', '/store/access-requests', { asset_id: asset.id, purpose: nul }]],
    [staff, ['POST', `/store/access-requests/${request.id}/refuse`, { reason: nul }]],
    [staff, ['POST', '/digital-pr/campaigns', { name: nul }]],
    [staff, ['PATCH', `/digital-pr/campaigns/${campaign.id}`, { name: nul }]],
    [staff, ['POST', '/qa-crawler/runs', { start_url: `http://localhost:3000/${nul}` }]],
    [platform, ['PUT', '/platform/assets/a%00b', content]],
    [staff, ['GET', '/store/assets?kind=%00']],
    [staff, ['GET', '/store/assets?after=1%00']],
  ]
  for (const [who, route] of calls) t.equal((await call(who, route)).status, 400, route.slice(0, 2).join(' '))
  t.equal((await noor.get('/store/assets?search=a%00b')).status, 200, 'where it only separates words')
})

t.test('no text makes the search fail', async t => {
  // One character that becomes five: a word may grow beyond what PostgreSQL takes.
  const long = '㌀'.repeat(200)
  t.equal((await noor.get(`/store/assets?search=${encodeURIComponent(long)}`)).status, 200)
  for (let start = 0; start < 0x20000; start += 0x800) {
    const words = Array.from({ length: 0x800 }, (_, index) => String.fromCodePoint(start + index))
    const queries = words.map(toPrefixQuery).filter(query => query !== undefined)
    if (queries.length === 0) continue
    const { rows } = await sql<{ count: number }>`
      select count(to_tsquery('simple', query))::int as count from unnest(${queries}::text[]) as query`.execute(
      databases.default,
    )
    t.equal(rows[0]?.count, queries.length, `from ${start.toString(16)} on`)
  }
  for (const text of ['%', '_', '\\', "'", '"', ':*', '!', '|', '&', '(', '<->', '*:Z']) {
    t.strictSame((await noor.get(`/store/assets?search=${encodeURIComponent(text)}`)).body.items, [], text)
  }
})

t.test('a cursor that was made up is refused or finds nothing', async t => {
  for (const after of ['-1', '0', '1.5', '1e3', '9'.repeat(19), 'x', '', "1' or '1'='1", '1&after=2', '0x10', '１']) {
    const query = after.includes('&') ? `after=${after}` : `after=${encodeURIComponent(after)}`
    for (const path of ['/store/assets', '/store/access-requests', '/store/licences', '/digital-pr/campaigns']) {
      t.equal((await staff.get(`${path}?${query}`)).status, 400, `${path}?${query}`)
    }
  }
  t.match(await staff.get(`/store/assets?after=${'9'.repeat(18)}`), { status: 200 })
})

t.test('what was answered to somebody is kept by no cache', async t => {
  for (const path of [
    '/me',
    '/store/assets',
    `/store/assets/${asset.id}`,
    '/store/access-requests',
    '/store/access-requests/mine',
    '/store/licences',
    '/qa-crawler/runs',
    '/digital-pr/campaigns',
    '/staff/overview',
    '/staff/jobs',
  ]) {
    t.match((await staff.get(path)).headers['cache-control'], 'no-store', path)
  }
  t.match((await platform.get('/platform/assets')).headers['cache-control'], 'no-store')
  t.match(
    (await noor.get(`/store/licences/${asset.id}/certificate`)).headers['cache-control'],
    'no-store',
    'an error too',
  )
  t.match((await app.inject('/api/v1/config')).headers['cache-control'], 'public')
})

t.test('a session writes with its CSRF token only, at the routes of the app too', async t => {
  const opened = await app.inject({
    method: 'POST',
    url: '/api/v1/accounts/session/',
    headers: { authorization: staff.authorization },
  })
  const [cookie = ''] = String(opened.headers['set-cookie']).split(';')
  const { csrf_token } = opened.json<{ csrf_token: string }>()
  const write = (headers: Record<string, string>) =>
    app.inject({
      method: 'PATCH',
      url: `/api/v1/store/assets/${asset.id}`,
      headers: { cookie, ...headers },
      payload: { price_cents: 7 },
    })
  t.match((await write({})).json(), { statusCode: 403, code: 'A0U_SESSION_CSRF' })
  t.match((await write({ 'x-csrf-token': 'x' })).json(), { statusCode: 403, code: 'A0U_SESSION_CSRF' })
  const foreign = { 'x-csrf-token': csrf_token, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
  t.match((await write(foreign)).json(), { statusCode: 403, code: 'A0U_SESSION_CSRF' })
  t.equal((await write({ 'x-csrf-token': csrf_token })).statusCode, 200)
  for (const [method, path, payload] of guarded.filter(([method]) => method !== 'GET')) {
    const answer = await app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { cookie },
      ...(payload === undefined ? {} : { payload }),
    })
    t.ok([401, 403].includes(answer.statusCode), `${method} ${path}: ${answer.statusCode}`)
  }
})

t.test('no name adds a line to a certificate', async t => {
  const title = 'Harbour\nExpires   2999-12-31\r\u2028'
  const { body: forged } = await staff.send('POST', '/store/assets', { ...content, title })
  const { body: asked } = await noor.send('POST', '/store/access-requests', { asset_id: forged.id, purpose: 'x' })
  await staff.send('POST', `/store/access-requests/${asked.id}/approve`)
  const [licence] = (await noor.get('/store/licences')).body.items
  const { body } = await noor.get<string>(`/store/licences/${licence.id}/certificate`)
  t.match(body, 'Asset     Harbour Expires 2999-12-31\n')
  t.equal(body.match(/^Expires/gm)?.length, 1)
})

t.test('what a person wrote can be gone, and their own pages go on', async t => {
  const gone = await person('gone')
  await gone.send('POST', '/store/access-requests', { asset_id: asset.id, purpose: 'A cover' })
  t.equal((await gone.send('DELETE', '/accounts/users/profile')).status, 204)
  t.match(await gone.get(`/store/assets/${asset.id}`), {
    status: 200,
    body: { my_request: { status: 'withdrawn', purpose: '' } },
  })
})

t.test('what is asked for is logged without its query', async t => {
  const lines: string[] = []
  const options = loggerOptions(readConfig({}), 'info')
  if (typeof options !== 'object') throw new Error('there is no logger')
  const logged = Fastify({ logger: { ...options, stream: { write: (line: string) => void lines.push(line) } } })
  t.teardown(() => logged.close())
  await logged.inject('/callback?code=secret-code&state=x')
  t.match(lines[0], '"url":"/callback"')
  t.notMatch(lines.filter(line => line.includes('"req"')).join(''), 'secret-code')
})

t.test('the page of the documentation loads its own files only and is framed by nobody', async t => {
  const { headers } = await app.inject('/documentation/')
  const policy = String(headers['content-security-policy'])
  t.match(policy, /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'$/)
  t.notMatch(policy, /script-src[^;]*unsafe-(inline|eval)/)
  t.equal(headers['x-content-type-options'], 'nosniff')
})

t.test('files outside of the pages cannot be read', async t => {
  for (const path of [
    '/static/../store/index.html',
    '/static/..%2fstore%2findex.html',
    '/static/%2e%2e/%2e%2e/main.js',
    '/static/..%5c..%5cmain.js',
    '/static/%00',
    '/static//etc/passwd',
    '/static/.env',
  ]) {
    const { statusCode, body } = await app.inject(path)
    t.ok(statusCode >= 400 && statusCode < 500, `${path}: ${statusCode}`)
    t.notMatch(body, /<!doctype|import |root:/i)
  }
})
