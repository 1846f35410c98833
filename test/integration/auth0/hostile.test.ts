// What an attacker, or a sender that goes wrong, may try against both receivers.
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Claims } from '#plugin/testing/index.js'
import { type BuiltApp, build, localIssuer } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { recordMetrics } from '../../helpers/telemetry.ts'
import { apiCall, event, eventsPath, logRecord, people, receiving, secret } from './support.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const day = 86_400_000
const clock = { now: () => now }
const clientId = 'client-of-the-app'
const logoutPath = '/api/v1/accounts/auth0/backchannel-logout'
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
const seconds = now / 1000

/** The claims of a logout token. */
const logoutClaims = (over: Claims = {}): Claims => ({
  ...{ sub: 'auth0|ann', aud: clientId, iat: seconds, exp: seconds + 120, jti: crypto.randomUUID() },
  ...{ events: { [logoutEvent]: {} }, ...over },
})

const postLogout = (app: BuiltApp['app'], token: string) =>
  app.inject({
    method: 'POST',
    url: logoutPath,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `logout_token=${token}`,
  })

t.test('a request without body and content type is refused like any other that holds nothing', async t => {
  const { app } = await receiving(t, {
    plugin: { ...clock, auth0: { events: { secret }, backchannelLogout: { clientId } } },
  })
  const authorization = `Bearer ${secret}`
  const events = await app.inject({ method: 'POST', url: eventsPath, headers: { authorization } })
  t.match({ status: events.statusCode, body: events.json() }, { status: 400, body: { code: 'A0U_EVENT_MALFORMED' } })
  const recorder = recordMetrics(t)
  const logout = await app.inject({ method: 'POST', url: logoutPath })
  t.match(
    { status: logout.statusCode, body: logout.json(), headers: logout.headers },
    {
      status: 400,
      body: { error: 'invalid_request', code: 'A0U_LOGOUT_TOKEN_INVALID' },
      headers: { 'cache-control': 'no-store' },
    },
  )
  t.equal(await recorder.value('auth0.logouts', 'outcome=refused'), 1, 'and is counted')
})

t.test('odd but well-formed messages harm nobody, and what cannot be stored is left out', async t => {
  const { send, app, database } = await receiving(t, { plugin: clock })
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const text = (object: string, id: string) =>
    `{"specversion":"1.0","source":"urn:a","id":"${id}","type":"user.created","time":"2026-11-20T11:59:00Z","data":{"object":${object}}}`
  const odd = [
    `{"user_id":"auth0|a' or 1=1; --","email":"a@example.com","app_metadata":${deep}}`,
    '{"user_id":"auth0|twice","user_id":"auth0|b","email":"b@example.com"}',
    '{"__proto__":{"user_id":"auth0|proto","blocked":true},"user_id":"auth0|c","constructor":{"prototype":{"blocked":true}}}',
    '{"user_id":"auth0|d","given_name":"a\\u0000b","family_name":"\\ud800","email":"d\\u0000@example.com"}',
    `{"user_id":"${'😀'.repeat(255)}","email":${JSON.stringify(`${'x'.repeat(100_000)}@example.com`)}}`,
    '{"user_id":"auth0|é","blocked":"true","email":["e@example.com"]}',
  ]
  for (const [index, object] of odd.entries()) {
    t.match(await send(text(object, `odd_${index}`)), { status: 200, body: { applied: 1 } }, object.slice(0, 40))
  }
  const rows = (await people(database)) as { auth0_id: string; is_active: boolean; email: string | null }[]
  t.strictSame(
    rows.map(({ auth0_id, email }) => [auth0_id, email]).sort(),
    [
      ["auth0|a' or 1=1; --", 'a@example.com'],
      ['auth0|b', 'b@example.com'],
      ['auth0|c', null],
      ['auth0|d', null],
      ['auth0|é', null],
      ['😀'.repeat(255), null],
    ].sort(),
  )
  t.ok(
    rows.every(row => row.is_active),
    'only a boolean blocks',
  )
  t.notOk('blocked' in {} || 'user_id' in {})
  for (const user_id of ['auth0|\ud800', 'auth0|\u0085', ' ', '😀'.repeat(256), 'x'.repeat(513), 1, null]) {
    t.match(await send(event('user.created', now, { user_id })), { status: 400 }, JSON.stringify(user_id).slice(0, 20))
  }
  const times = ['2026-13-01T00:00:00Z', '1969-12-31T23:59:59Z', '2026-11-20', '2026-11-20T12:00:00', '1e3', '']
  for (const time of times)
    t.match(await send(event('user.created', now, { user_id: 'a|b' }, { time })), { status: 400 })
  const far = { time: '9999-12-31T23:59:59.999999999Z' }
  t.match(await send(event('user.created', now, { user_id: 'a|b' }, far)), { body: { code: 'A0U_EVENT_TIME' } })
  const past = { time: '1970-01-01T00:00:00Z' }
  t.match(await send(event('user.created', now, { user_id: 'a|b' }, past)), { body: { outdated: 1 } })
  t.equal((await app.inject('/me')).statusCode, 401, 'and the app goes on')
})

t.test('a message is refused as a repeat for as long as it would not be too old', async t => {
  const maxAge = day / 1000
  let time = now
  const { send, database } = await receiving(t, { plugin: { now: () => time }, events: { maxAge } })
  const person = { user_id: 'auth0|ann', given_name: 'Ann' }
  // From a clock that is a minute ahead: the one that counts the longest.
  const latest = event('user.updated', now + 60_000, person)
  t.match(await send(latest), { body: { applied: 1 } })
  await database.pool.query(`update accounts_user set first_name = 'Staff'`)
  for (const later of [61_000, day, day + 60_000]) {
    time = now + later
    t.match(await send(logRecord('s', time, {})), { status: 200 }, 'what is old is deleted here')
    t.match(await send(latest), { body: { applied: 0, repeated: 1 } }, `after ${later / 1000} s`)
  }
  for (const later of [2 * day + 1, 30 * day]) {
    time = now + later
    await send(logRecord('s', time, {}))
    t.match(await send(latest), { body: { applied: 0, outdated: 1 } }, `after ${later / 1000} s`)
  }
  t.match(await people(database), [{ first_name: 'Staff' }])
})

t.test('who has two identities is let in again with the last that is unblocked, unless staff decided', async t => {
  const { send, app, database } = await receiving(t, { plugin: clock })
  const users = app.auth0Users.users
  let step = 0
  const block = (subject: string, blocked: boolean) =>
    send(apiCall('patch', now - 50_000 + ++step, subject, { blocked }))
  const actor = { actorId: null, method: 'session', requestId: null }
  for (const [n, order] of [
    [0, 1],
    [1, 0],
  ].entries()) {
    const both = [`auth0|p${n}`, `github|p${n}`] as const
    await send(event('user.created', now - 60_000, { user_id: both[0] }))
    const { id = '' } = (await users.findByAuth0Id(both[0])) ?? {}
    await database.db.insertInto('accounts_identity').values({ auth0_id: both[1], user_id: id }).execute()
    const isActive = async () => (await users.find(id))?.is_active
    for (const subject of both) await block(subject, true)
    t.equal(await isActive(), false)
    await block(both[order[0] as 0 | 1], false)
    t.equal(await isActive(), false, 'the other identity is still blocked')
    await block(both[order[1] as 0 | 1], false)
    t.equal(await isActive(), true)

    for (const subject of both) await block(subject, true)
    await users.reactivate(id, actor)
    await users.deactivate(id, actor)
    for (const subject of both) await block(subject, false)
    t.equal(await isActive(), false, 'staff deactivated last')
    await users.reactivate(id, actor)

    await block(both[0], true)
    await database.pool.query(
      `alter table accounts_audit disable trigger user; delete from accounts_audit where user_id = '${id}';
      alter table accounts_audit enable trigger user`,
    )
    await block(both[0], false)
    t.equal(await isActive(), false, 'and may have, where the trail no longer tells')
  }
})

t.test('with one connection alone, messages, logouts and newcomers do not wait for one another forever', async t => {
  const database = await testDatabase(t, { max: 1 })
  const issuer = await localIssuer(t, { now: () => now })
  const touched: string[] = []
  const { send, app, bearer } = await receiving(t, {
    database,
    issuer,
    plugin: {
      ...clock,
      auth0: { events: { secret, deleted: 'erase' }, backchannelLogout: { clientId, accessTokens: 'revoke' } },
      methods: { session: { staffOnly: false } },
      users: { activity: false, emailConflict: 'link' },
      hooks: { afterCreate: user => void touched.push(user.auth0_id) },
    },
  })
  const subject = (n: number) => `auth0|p${n % 6}`
  const work = Array.from({ length: 60 }, async (_, n) => {
    const user_id = subject(n)
    const told = { user_id, email: `${n % 3}@example.com`, email_verified: true, given_name: `N${n}` }
    if (n % 5 === 0) return (await send(apiCall('patch', now - 9000 + n, user_id, { blocked: n % 2 === 0 }))).status
    if (n % 5 === 1) return (await send(event('user.deleted', now - 8000 + n, { user_id: `auth0|gone${n}` }))).status
    if (n % 5 === 2)
      return (await send([event('user.updated', now - 7000 + n, told), event('user.created', now, told)])).status
    if (n % 5 === 3) return (await postLogout(app, await issuer.token(logoutClaims({ sub: user_id })))).statusCode
    const headers = { authorization: await bearer({ sub: `auth0|new${n}`, iat: seconds, exp: seconds + 600 }) }
    return (await app.inject({ url: '/me', headers })).statusCode
  })
  t.strictSame([...new Set(await Promise.all(work))], [200])
  t.ok(touched.length > 10)
})

t.test('who comes while a message of them is being written is settled all the same', async t => {
  const { send, app, bearer, database } = await receiving(t, { plugin: clock })
  const { pool } = database
  await pool.query(`
    create function wait_for_test() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(42); return new; end $$;
    create trigger wait_for_test before insert on accounts_auth0_subject for each row execute function wait_for_test()`)
  const gate = await pool.connect()
  await gate.query('select pg_advisory_lock(42)')
  const sent = send(apiCall('patch', now - 5000, 'auth0|ann', { blocked: true }))
  const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`
  while ((await pool.query(waiting)).rowCount === 0) await setTimeout(5)
  const come = async (sub: string) => {
    const headers = { authorization: await bearer({ sub, iat: seconds - 10, exp: seconds + 600 }) }
    return (await app.inject({ url: '/me', headers })).statusCode
  }
  // The others give the check that follows the first time to look, and to find nothing.
  for (const sub of ['auth0|ann', 'auth0|b', 'auth0|c', 'auth0|d']) t.equal(await come(sub), 200)
  t.match(await app.auth0Users.users.findByAuth0Id('auth0|ann'), { is_active: true }, 'nobody knows yet')
  await gate.query('select pg_advisory_unlock(42)')
  gate.release()
  t.match(await sent, { status: 200, body: { applied: 1 } })
  t.match(await app.auth0Users.users.findByAuth0Id('auth0|ann'), { is_active: false })
  t.equal(await come('auth0|ann'), 403)
})

t.test('a logout token, or any other security event token, is no access token', async t => {
  const issuer = await localIssuer(t, { now: () => now })
  // The worst case: the API's audience and the client id are the same.
  const { app } = await build(t, {
    issuer,
    plugin: { ...clock, audience: [issuer.audience, clientId].flat(), auth0: { backchannelLogout: { clientId } } },
    routes: scope => scope.get('/me', request => ({ id: request.getUser().id })),
  })
  const me = async (token: string) =>
    (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).json<{ code?: string }>().code
  for (const typ of ['logout+jwt', 'application/logout+jwt', 'JWT', 'at+jwt', undefined]) {
    const token = await issuer.token(logoutClaims(), { header: { typ } })
    t.equal(await me(token), 'A0U_TOKEN_TYPE', `typ ${typ}`)
  }
  const events = { 'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {} }
  t.equal(await me(await issuer.token({ aud: clientId, events })), 'A0U_TOKEN_TYPE')
  t.equal(
    await me(await issuer.token({ aud: clientId, events: { shows: ['tonight'] } })),
    undefined,
    'a claim of a host',
  )

  const idToken = await issuer.token({
    sub: 'auth0|ann',
    aud: clientId,
    iat: seconds,
    exp: seconds + 60,
    sid: 's',
    jti: 'j',
  })
  t.match(
    (await postLogout(app, idToken)).json(),
    { code: 'A0U_LOGOUT_TOKEN_INVALID' },
    'nor is an ID token one of logout',
  )
})

t.test('a logout token is remembered beyond its time, for processes whose clocks are behind', async t => {
  const database = await testDatabase(t)
  const issuer = await localIssuer(t, { now: () => now })
  const open = async (t: Test, time: number) =>
    await build(t, {
      ...{ database, issuer },
      plugin: { now: () => time, clockTolerance: 5, auth0: { backchannelLogout: { clientId } } },
    })
  const behind = await open(t, now)
  const ahead = await open(t, now + 180_000)
  const used = await issuer.token(logoutClaims(), { header: { typ: 'logout+jwt' } })
  t.equal((await postLogout(behind.app, used)).statusCode, 200)
  const next = logoutClaims({ iat: seconds + 170, exp: seconds + 300 })
  t.equal((await postLogout(ahead.app, await issuer.token(next))).statusCode, 200, 'what is old is deleted here')
  t.match((await postLogout(behind.app, used)).json(), { code: 'A0U_LOGOUT_TOKEN_REPLAYED' })
})

t.test("a receiver's credentials are its own: nobody else tries them, counts them or logs them", async t => {
  const recorder = recordMetrics(t)
  const lines: string[] = []
  const { send, app, issuer, bearer } = await receiving(t, {
    fastify: { logger: { level: 'trace', stream: { write: (line: string) => void lines.push(line) } } },
    plugin: { ...clock, auth0: { events: { secret }, backchannelLogout: { clientId } }, methods: { session: true } },
  })
  const good = event('user.created', now, { user_id: 'auth0|ann' })
  t.match(await send(good), { status: 200 })
  t.match(await send(good, { cookie: '__Host-a0u_session=x' }), { status: 200 })
  t.match(await send(good, { authorization: `Bearer ${secret}x` }), { status: 401 })
  t.match(await send(good, { authorization: await bearer() }), { status: 401 }, 'nor does a valid access token help')
  t.match(await send('{'), { status: 400 })
  t.equal((await postLogout(app, await issuer.token(logoutClaims()))).statusCode, 200)
  const metrics = await recorder.collect()
  t.strictSame(
    ['token.verifications', 'key.lookups', 'requests.refused'].map(name => [...(metrics.get(name) ?? [])]),
    [[], [['outcome=fetched', 1]], []],
    'but for the key of the logout token',
  )
  t.strictSame(Object.fromEntries(metrics.get('auth0.event_errors') ?? []), {
    'error.type=A0U_EVENT_CREDENTIALS': 2,
    'error.type=A0U_EVENT_MALFORMED': 1,
  })
  const logged = lines.map(line => JSON.parse(line) as { event?: string; level: number })
  const of = (name: string) => logged.filter(line => line.event === name)
  t.equal(of('credentials.ignored').length, 0)
  t.strictSame(
    of('auth0.message_refused').map(({ level }) => level),
    [30, 30, 30],
    'refusals are no warnings: anybody can cause them',
  )
  t.notOk(lines.some(line => line.includes(secret)))
  t.strictSame(
    app.auth0Users
      .publicRoutes()
      .map(({ url }) => url.replace(/\/$/, ''))
      .filter(url => url.includes('auth0')),
    [eventsPath.slice(0, -1), eventsPath.slice(0, -1), logoutPath, logoutPath],
    'they are listed as public all the same',
  )
})

t.test('an option that is no secret is named and not shown, whatever it is', async t => {
  const { database, issuer } = await build(t)
  const wrong = [undefined, null, '', ' '.repeat(40), 5, {}, [], [secret, undefined], [secret, 'short'], 'ä'.repeat(40)]
  for (const given of wrong) {
    const events = given === undefined ? {} : { secret: given }
    await t.rejects(
      build(t, { database, issuer, plugin: { auth0: { events: events as never } } }),
      { code: 'A0U_OPTIONS_INVALID', message: /auth0\.events/ },
      JSON.stringify(given),
    )
  }
  const error: Error = await build(t, {
    ...{ database, issuer },
    plugin: { auth0: { events: { secret: [secret, 5] as never } } },
  }).catch(e => e)
  t.notOk(error.message.includes(secret))
})
