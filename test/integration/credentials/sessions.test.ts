import cookie from '@fastify/cookie'
import session from '@fastify/session'
import t from 'tap'
import type { MethodOptions } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'
import { openPage, parseSetCookie } from './browser.ts'

const path = '/api/v1/accounts/session/'
const all = '/api/v1/accounts/sessions/'
const staffClaims = { sub: 'auth0|staff', email: 'staff@x.test', sid: 'auth0-session-1' }

/** An app with sessions and its own clock, and a person of staff with a token. */
async function sessionApp(
  t: Parameters<typeof build>[0],
  sessions: MethodOptions['session'] = true,
  options: Parameters<typeof build>[1] = {},
) {
  const clock = { ms: Date.now() }
  const built = await build(t, {
    ...options,
    plugin: { methods: { session: sessions }, now: () => clock.ms, ...options.plugin },
    routes: app => {
      app.get('/me', request => ({ id: request.getUser().id, method: request.auth?.method }))
      app.post('/act', () => ({ done: true }))
      app.delete('/act', () => ({ done: true }))
    },
  })
  const bearer = async (claims: object = staffClaims) => ({
    authorization: await built.bearer({
      ...claims,
      iat: Math.floor(clock.ms / 1000),
      exp: Math.floor(clock.ms / 1000) + 3600,
    }),
  })
  const { id } = (await built.app.inject({ url: '/me', headers: await bearer() })).json()
  await built.database.db.updateTable('accounts_user').set({ is_staff: true }).execute()
  built.app.auth0Users.evict(id)
  return { ...built, clock, id, bearer }
}

t.test('an access token becomes a session in a cookie that only this host and no script can read', async t => {
  const { app, bearer, database } = await sessionApp(t)
  const page = openPage(app)
  const begun = await page.send('POST', path, await bearer())
  t.match(begun, { status: 201, body: { id: /^[0-9a-f-]{36}$/, csrf_token: /^[\w-]{43}$/ } })
  t.equal(begun.headers['cache-control'], 'no-store')
  const set = parseSetCookie(String(begun.headers['set-cookie']))
  t.equal(set.name, '__Host-a0u_session')
  t.match(set.value, /^[\w-]{43}$/)
  t.strictSame([...set.attributes].sort(), [
    ['httponly', ''],
    ['max-age', '43200'],
    ['path', '/'],
    ['samesite', 'Lax'],
    ['secure', ''],
  ])
  t.match(await page.send('GET', '/me'), { status: 200, body: { method: 'session' } })
  t.match(await page.send('GET', path), { status: 200, body: { id: begun.body.id, csrf_token: begun.body.csrf_token } })
  t.match(await page.send('GET', '/me', await bearer()), { body: { method: 'jwt' } }, 'a header goes first')
  t.match(await page.send('POST', path, { 'x-csrf-token': begun.body.csrf_token }), {
    ...{ status: 401, body: { code: 'A0U_METHOD_NOT_ACCEPTED' } },
  })
  const row = await database.db.selectFrom('accounts_session').selectAll().executeTakeFirstOrThrow()
  t.match(row, { auth0_sid: 'auth0-session-1', user_agent: 'lightMyRequest' })
  t.notOk(JSON.stringify(row).includes(set.value))
})

t.test('only staff have sessions, unless the host says otherwise, and only as long as they are staff', async t => {
  const { app, bearer, database, id } = await sessionApp(t)
  const other = { sub: 'auth0|other', email: 'other@x.test' }
  const page = openPage(app)
  t.match(await page.send('POST', path, await bearer(other)), { status: 403, body: { code: 'A0U_STAFF_REQUIRED' } })
  t.match(await page.send('POST', path, await bearer({ sub: 'm@clients' })), { status: 403 })
  await page.send('POST', path, await bearer())
  t.equal((await page.send('GET', '/me')).status, 200)
  await database.db.updateTable('accounts_user').set({ is_staff: false }).execute()
  app.auth0Users.evict(id)
  t.match(await page.send('GET', '/me'), { status: 403, body: { code: 'A0U_STAFF_REQUIRED' } })

  const open = await build(t, {
    plugin: { methods: { session: { staffOnly: false } } },
    routes: app => app.get('/me', request => request.auth?.method),
  })
  const anyone = openPage(open.app)
  t.equal((await anyone.send('POST', path, { authorization: await open.bearer(other) })).status, 201)
  t.equal((await anyone.send('GET', '/me')).body, 'session')
})

t.test('a write must show that it comes from the page itself', async t => {
  const { app, bearer } = await sessionApp(t, { origins: ['https://admin.example.com'] })
  const page = openPage(app)
  const { csrf_token } = (await page.send('POST', path, await bearer())).body
  const token = { 'x-csrf-token': csrf_token }
  const refused = { status: 403, body: { code: 'A0U_SESSION_CSRF' } }
  for (const method of ['POST', 'DELETE']) {
    t.match(await page.send(method, '/act'), refused, 'without the token')
    t.match(await page.send(method, '/act', { 'x-csrf-token': `${csrf_token}x` }), refused)
    t.match(await page.send(method, '/act', { 'x-csrf-token': '' }), refused)
    t.match(await page.send(method, '/act', { ...token, 'sec-fetch-site': 'cross-site' }), refused)
    t.match(await page.send(method, '/act', { ...token, 'sec-fetch-site': 'same-site' }), refused, 'a sister host')
    t.match(await page.send(method, '/act', token), { status: 200 })
    const admin = { 'sec-fetch-site': 'same-site', origin: 'https://admin.example.com' }
    t.match(await page.send(method, '/act', { ...token, ...admin }), { status: 200 }, 'one that the host named')
  }
  t.match(await page.sendFromElsewhere('POST', '/act', true), { status: 401 }, 'a form elsewhere sends no cookie')
  t.match(await page.sendFromElsewhere('GET', '/me', false), { status: 401 })
  t.match(await page.sendFromElsewhere('GET', '/me', true), { status: 200 }, 'a link from elsewhere does')
  const other = openPage(app)
  const { csrf_token: foreign } = (await other.send('POST', path, await bearer())).body
  t.match(await page.send('POST', '/act', { 'x-csrf-token': foreign }), refused, "another session's token")
})

t.test('signing in again replaces the session, and signing out ends it', async t => {
  const { app, bearer, database } = await sessionApp(t)
  const page = openPage(app)
  const name = '__Host-a0u_session'
  await page.send('POST', path, await bearer())
  const first = page.jar.get(name)?.value ?? ''
  t.equal((await page.send('GET', '/me')).status, 200)
  const { csrf_token } = (await page.send('POST', path, await bearer())).body
  t.not(page.jar.get(name)?.value, first)
  const replay = (value: string) => app.inject({ url: '/me', headers: { cookie: `${name}=${value}` } })
  t.match((await replay(first)).json(), { statusCode: 401, code: 'A0U_SESSION_INVALID' })
  const second = page.jar.get(name)?.value ?? ''
  t.equal((await replay(second)).statusCode, 200)
  t.match(await page.send('DELETE', path), { status: 403 }, 'signing out is a write too')
  t.equal((await page.send('DELETE', path, { 'x-csrf-token': csrf_token })).status, 204)
  t.equal(page.jar.size, 0, 'the cookie is taken away')
  t.match((await replay(second)).json(), { code: 'A0U_SESSION_INVALID' })
  for (const wrong of ['', 'x', `${second}=`, second.toLowerCase()]) {
    t.equal((await replay(wrong)).statusCode, 401, 'a value that no session has')
  }
  t.strictSame(await database.db.selectFrom('accounts_session').select('id').execute(), [])
  const actions = await database.db.selectFrom('accounts_audit').select('action').orderBy('id').execute()
  t.strictSame(
    actions.map(({ action }) => action).filter(action => action.startsWith('session.')),
    ['session.created', 'session.ended', 'session.created', 'session.ended'],
  )
})

t.test('a session ends when it is idle, and at the latest when it is old', async t => {
  const { app, bearer, clock, database, issuer } = await sessionApp(t, { idle: 600, absolute: 3600 })
  const page = openPage(app)
  const expired = { status: 401, body: { code: 'A0U_SESSION_EXPIRED' } }
  await page.send('POST', path, await bearer())
  for (let minutes = 9; minutes < 60; minutes += 9) {
    clock.ms += 540_000
    t.equal((await page.send('GET', '/me')).status, 200, `after ${minutes} minutes`)
  }
  clock.ms += 600_000
  t.match(await page.send('GET', '/me'), expired, 'old')
  await page.send('POST', path, await bearer())
  clock.ms += 599_000
  t.equal((await page.send('GET', '/me')).status, 200)
  clock.ms += 600_000
  t.match(await page.send('GET', '/me'), expired, 'idle')
  await page.send('POST', path, await bearer())
  clock.ms += 300_000
  await page.send('GET', '/me')
  await app.close()
  const next = await build(t, {
    ...{ database, issuer },
    plugin: { methods: { session: { idle: 600, absolute: 3600 } }, now: () => clock.ms },
    routes: app => app.get('/me', () => 'in'),
  })
  clock.ms += 599_000
  const headers = { cookie: `__Host-a0u_session=${page.jar.get('__Host-a0u_session')?.value}` }
  t.equal((await next.app.inject({ url: '/me', headers })).statusCode, 200, 'the last use outlived the process')
})

t.test('a person lists and ends their sessions; signing out everywhere and at Auth0 ends them too', async t => {
  const { app, bearer, database, id, clock } = await sessionApp(t)
  const pages = [openPage(app), openPage(app), openPage(app)] as const
  const [one, two, three] = pages
  for (const page of pages)
    await page.send('POST', path, await bearer({ ...staffClaims, sid: `sid-${pages.indexOf(page)}` }))
  const statuses = async () => await Promise.all(pages.map(async page => (await page.send('GET', '/me')).status))
  const { items } = (await one.send('GET', all)).body
  t.equal(items.length, 3)
  t.equal(items.filter((item: { current: boolean }) => item.current).length, 1)
  const { id: own, csrf_token } = (await one.send('GET', path)).body
  const { id: otherId } = (await two.send('GET', path)).body
  t.equal(items.find((item: { current: boolean }) => item.current).id, own)
  const token = { 'x-csrf-token': csrf_token }
  t.equal((await one.send('DELETE', `${all}${otherId}/`, token)).status, 204)
  t.equal((await one.send('DELETE', `${all}${otherId}/`, token)).status, 404)
  t.strictSame(await statuses(), [200, 401, 200])

  const stranger = await bearer({ sub: 'auth0|stranger', email: 's@x.test' })
  t.equal((await app.inject({ method: 'DELETE', url: `${all}${own}`, headers: stranger })).statusCode, 404)
  t.equal(await app.auth0Users.sessions.revokeBySid('sid-2'), 1)
  t.strictSame(await statuses(), [200, 401, 401])

  await database.db
    .updateTable('accounts_user')
    .set({ tokens_valid_after: new Date(clock.ms + 1) })
    .where('id', '=', id)
    .execute()
  app.auth0Users.evict(id)
  t.strictSame(await statuses(), [401, 401, 401])
  clock.ms += 2000
  await three.send('POST', path, await bearer())
  t.strictSame(await statuses(), [401, 401, 200])
  t.equal(await app.auth0Users.sessions.revokeAll(id), 2, 'the one that no longer counted is tidied up too')
  t.strictSame(await statuses(), [401, 401, 401])
})

t.test('it works beside @fastify/cookie and @fastify/session of the host', async t => {
  const { app, bearer } = await sessionApp(t, true, {
    before: async app => {
      await app.register(cookie)
      await app.register(session, { secret: 's'.repeat(32), cookie: { secure: false } })
    },
  })
  const page = openPage(app)
  t.equal((await page.send('POST', path, await bearer())).status, 201)
  t.match(await page.send('GET', '/me'), { status: 200, body: { method: 'session' } })
  t.strictSame([...page.jar.keys()].sort(), ['__Host-a0u_session', 'sessionId'])
})

t.test(
  'on plain http a browser keeps no such cookie, but for development on this machine there is another',
  async t => {
    const strict = await sessionApp(t)
    const page = openPage(strict.app, false)
    t.equal((await page.send('POST', path, await strict.bearer())).status, 201)
    t.equal(page.jar.size, 0)

    const lenient = await sessionApp(t, { insecureLoopback: true })
    const local = openPage(lenient.app, false)
    await local.send('POST', path, await lenient.bearer())
    const set = local.jar.get('a0u_session')
    t.ok(set?.attributes.has('httponly') && !set.attributes.has('secure'))
    t.equal((await local.send('GET', '/me')).status, 200)
    const headers = { cookie: `a0u_session=${set?.value}` }
    const remote = await lenient.app.inject({ url: '/me', headers, remoteAddress: '192.0.2.1' })
    t.match(remote.json(), { statusCode: 401, code: 'A0U_CREDENTIALS_MISSING' }, 'from elsewhere it does not count')
  },
)
