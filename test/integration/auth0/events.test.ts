import t from 'tap'
import { build, localIssuer } from '../../helpers/app.ts'
import { ownServer } from '../../helpers/own-server.ts'
import { apiCall, event, eventsPath, logRecord, people, receiving, secret } from './support.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const clock = { now: () => now }
const ann = {
  user_id: 'auth0|ann',
  email: 'ann@example.com',
  email_verified: true,
  given_name: 'Ann',
  family_name: 'Ash',
}

t.test('messages without the secret, or that are none, are refused and leave nothing', async t => {
  const other = `${secret}x`
  const lines: string[] = []
  const { send, app, database } = await receiving(t, {
    events: { secret: [secret, other] },
    plugin: clock,
    fastify: { logger: { level: 'debug', stream: { write: (line: string) => void lines.push(line) } } },
  })
  const good = event('user.created', now, ann)
  for (const authorization of ['', 'Bearer ', `Bearer ${secret.slice(1)}`, `Basic ${secret}`, `Bearer ${secret} x`]) {
    const { status, body, headers } = await send(good, { authorization })
    t.match({ status, body }, { status: 401, body: { code: 'A0U_EVENT_CREDENTIALS' } }, authorization.slice(0, 8))
    t.match(headers, { 'www-authenticate': 'Bearer', 'cache-control': 'no-store' })
  }
  const text = JSON.stringify(good)
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const cases: [unknown, number, string][] = [
    [text.slice(0, -5), 400, 'A0U_EVENT_MALFORMED'],
    ['', 400, 'A0U_EVENT_MALFORMED'],
    [Buffer.from([0x22, 0xff, 0x22]), 400, 'A0U_EVENT_MALFORMED'],
    ['"text"', 400, 'A0U_EVENT_MALFORMED'],
    [deep, 400, 'A0U_EVENT_MALFORMED'],
    [`${text}\n${text}`, 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, {}), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, { user_id: 'a\0b' }), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, { user_id: 'x'.repeat(256) }), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, ann, { time: 'yesterday' }), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, ann, { time: now }), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, ann, { id: '' }), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now, ann, { specversion: '0.3' }), 400, 'A0U_EVENT_MALFORMED'],
    [[good, { ...good, data: null }], 400, 'A0U_EVENT_MALFORMED'],
    [[good, logRecord('sdu', now, {})], 400, 'A0U_EVENT_MALFORMED'],
    [Array.from({ length: 1001 }, () => good), 413, 'A0U_BODY_TOO_LARGE'],
    [Array.from({ length: 1001 }, (_, n) => ({ log_id: String(n), data: { type: 's' } })), 400, 'A0U_EVENT_MALFORMED'],
    [event('user.created', now + 61_000, ann), 400, 'A0U_EVENT_TIME'],
    [[good, event('user.created', now + 61_000, ann)], 400, 'A0U_EVENT_TIME'],
  ]
  for (const [body, status, code] of cases) {
    const padded = status === 413 ? { list: body, fill: 'x'.repeat(1_100_000) } : body
    t.match(await send(padded), { status, body: { code } }, `${code} ${JSON.stringify(body).slice(0, 60)}`)
  }
  t.match(await send(good, { 'content-type': 'text/plain' }), { status: 415 })
  const nothing = await app.inject({ method: 'GET', url: eventsPath, headers: { authorization: `Bearer ${secret}` } })
  t.equal(nothing.statusCode, 404)
  t.strictSame(await people(database), [], 'nothing was written')
  const { rows } = await database.pool.query(
    'select (select count(*) from accounts_auth0_event) + (select count(*) from accounts_auth0_subject) as n',
  )
  t.strictSame(rows, [{ n: '0' }])

  t.match(
    await send(good, { authorization: `bearer ${other}` }),
    { status: 200, body: { applied: 1 } },
    'either secret counts',
  )
  t.match(await send(event('user.updated', now + 60_000, ann)), { status: 200 }, 'clocks may differ by a minute')
  for (const line of lines)
    t.notOk(line.includes(secret) || line.includes('ann@'), 'no secret and no address in the log')
  t.ok(
    lines.some(line => line.includes('A0U_EVENT_CREDENTIALS')),
    'refusals are logged',
  )
})

t.test('what Auth0 tells goes the way of a sign-in: mapping, hooks, policies, trail and caches', async t => {
  const ran: string[] = []
  const note = (name: string) => async (subject: object, context: object) => {
    const { claims } = context as { claims: { sub: string; iss: string } }
    ran.push(`${name} ${claims.sub}`)
    t.ok(subject && claims.iss)
  }
  const { send, app, bearer, database, issuer } = await receiving(t, {
    plugin: {
      ...clock,
      claims: { first_name: ['nickname', 'given_name'] },
      hooks: {
        beforeCreate: note('beforeCreate') as never,
        afterCreate: note('afterCreate') as never,
        onCreated: note('onCreated') as never,
        afterUpdate: note('afterUpdate') as never,
        onUpdated: note('onUpdated') as never,
      },
    },
  })
  t.ok(issuer)
  const created = event('user.created', now - 60_000, { ...ann, nickname: 'Annie' })
  t.strictSame((await send(created)).body, { applied: 1, repeated: 0, outdated: 0, ignored: 0 })
  t.strictSame(
    (await send(created)).body,
    { applied: 0, repeated: 1, outdated: 0, ignored: 0 },
    'a repeat does nothing',
  )
  t.match(await people(database), [
    {
      auth0_id: 'auth0|ann',
      first_name: 'Annie',
      last_name: 'Ash',
      email_verified: true,
      last_login_at: null,
      is_active: true,
    },
  ])
  t.match(
    await send(
      event('user.updated', now - 30_000, { user_id: 'auth0|ann', email: 'new@example.com', email_verified: false }),
    ),
    { status: 200 },
  )
  t.match(await people(database), [{ email: 'new@example.com', email_verified: false, last_name: 'Ash' }])
  t.match(await send(event('user.updated', now - 40_000, { ...ann, email: 'old@example.com' })), {
    body: { outdated: 0, applied: 1 },
  })
  t.match(
    await people(database),
    [{ email: 'new@example.com', first_name: 'Ann' }],
    'what nobody told since still counts',
  )
  t.strictSame(ran.slice(0, 4), [
    'beforeCreate auth0|ann',
    'afterCreate auth0|ann',
    'onCreated auth0|ann',
    'afterUpdate auth0|ann',
  ])
  const { rows } = await database.pool.query('select action, method, actor_id, fields from accounts_audit order by id')
  t.match(rows, [
    { action: 'user.created', method: 'auth0', actor_id: null },
    { action: 'user.updated', method: 'auth0', fields: ['email', 'email_verified'] },
    { action: 'user.updated', fields: ['first_name'] },
  ])

  const authorization = await bearer({
    sub: 'auth0|ann',
    iat: now / 1000 - 35,
    exp: now / 1000 + 3600,
    email: 'stale@example.com',
  })
  const me = () => app.inject({ url: '/me', headers: { authorization } })
  t.match((await me()).json(), { email: 'new@example.com' }, 'a token from before the event changes nothing')
  t.match(await send(apiCall('patch', now - 20_000, 'auth0|ann', { blocked: true })), { body: { applied: 1 } })
  t.match((await me()).json(), { code: 'A0U_USER_INACTIVE' }, 'who is blocked is refused at once')
  t.match(
    await send([
      apiCall('patch', now - 25_000, 'auth0|ann', { blocked: false }),
      logRecord('limit_wc', now, { user_id: 'auth0|ann' }),
    ]),
    {
      body: { applied: 0, outdated: 1, ignored: 1 },
    },
  )
  t.equal((await me()).statusCode, 403, 'an older message does not let anybody in')
  t.match(await send({ logs: [apiCall('patch', now - 10_000, 'auth0|ann', { blocked: false })] }), {
    body: { applied: 1 },
  })
  t.equal((await me()).statusCode, 200)
  t.match(await send(event('user.updated', now, ann, { a0purpose: 'test' })), { body: { ignored: 1 } })
})

t.test('a decision of staff is not undone, and a bad one in a batch keeps the others', async t => {
  const { send, app, database } = await receiving(t, {
    plugin: {
      ...clock,
      hooks: {
        beforeCreate: draft => {
          if (draft.email === 'no@example.com') throw Object.assign(new Error('not here'), { statusCode: 422 })
          if (draft.email === 'bug@example.com') throw new Error('a bug')
        },
      },
    },
  })
  const users = app.auth0Users.users
  await send(event('user.created', now - 90_000, ann))
  const person = await users.findByAuth0Id('auth0|ann')
  const id = person?.id ?? ''
  const staff = { actorId: id, method: 'session', requestId: 'r' }
  await send(event('user.updated', now - 80_000, { ...ann, blocked: true }))
  await users.reactivate(id, staff)
  await users.deactivate(id, staff)
  await send(event('user.updated', now - 70_000, { ...ann, blocked: false }))
  t.match(await users.find(id), { is_active: false }, 'staff deactivated last')

  const batch = ['a', 'no', 'b', 'bug', 'c'].map(name =>
    event('user.created', now, { user_id: `auth0|${name}`, email: `${name}@example.com` }),
  )
  t.match(await send(batch), { status: 422, body: { message: 'not here' } }, "the host's own refusal")
  t.strictSame((await people(database)).length, 4, 'the others were taken')
  t.match(await send(batch), { status: 422 }, 'and are not taken again')
  t.match(await send(batch[3]), { status: 500, body: { code: 'A0U_HOOK_FAILED' } })
  const { rows } = await database.pool.query(`select count(*)::int n from accounts_audit where action = 'user.created'`)
  t.strictSame(rows, [{ n: 4 }])
})

t.test('an address of somebody else is a conflict that is told, audited once, and tried again', async t => {
  const { send, app, database } = await receiving(t, { plugin: clock })
  await send(event('user.created', now - 5000, ann))
  const bob = event('user.created', now - 4000, { user_id: 'google-oauth2|bob', email: ann.email, blocked: true })
  for (let n = 0; n < 3; n++) t.match(await send(bob), { status: 409, body: { code: 'A0U_EMAIL_CONFLICT' } })
  const conflicts = await database.pool.query(`select 1 from accounts_audit where action = 'user.email_conflict'`)
  t.equal(conflicts.rowCount, 1)
  await send(event('user.updated', now - 3000, { ...ann, email: 'else@example.com' }))
  t.match(await send(bob), { status: 200, body: { applied: 1 } }, 'once the address is free')
  t.match(await send(bob), { body: { repeated: 1 } })
  t.match(await app.auth0Users.users.findByAuth0Id('google-oauth2|bob'), { email: ann.email, is_active: false })

  const blocking = event('user.updated', now - 1000, { ...ann, email: ann.email, family_name: 'Oak', blocked: true })
  t.match(await send(blocking), { status: 409 })
  t.match(
    await app.auth0Users.users.findByAuth0Id('auth0|ann'),
    { email: 'else@example.com', last_name: 'Oak', is_active: false },
    'the rest counts',
  )
})

t.test('a deletion deactivates or erases, and of several identities takes one', async t => {
  const { send, app, bearer, database } = await receiving(t, { plugin: clock })
  const users = app.auth0Users.users
  await send(event('user.created', now - 60_000, ann))
  const token = await bearer({ sub: 'auth0|ann', iat: now / 1000 - 50, exp: now / 1000 + 3600 })
  const me = () => app.inject({ url: '/me', headers: { authorization: token } })
  t.equal((await me()).statusCode, 200)
  t.match(await send(event('user.deleted', now - 30_000, { user_id: 'auth0|ann' })), { body: { applied: 1 } })
  t.match((await me()).json(), { code: 'A0U_USER_INACTIVE' })
  t.match(
    await send(event('user.created', now - 20_000, ann)),
    { body: { applied: 1 } },
    'the same identity signed up again',
  )
  t.match(await users.findByAuth0Id('auth0|ann'), { is_active: true })
  t.match((await me()).json(), { code: 'A0U_TOKEN_REVOKED' }, 'tokens from before stay refused')

  const id = (await users.findByAuth0Id('auth0|ann'))?.id
  await database.db
    .insertInto('accounts_identity')
    .values({ auth0_id: 'github|ann', user_id: id ?? '' })
    .execute()
  await send(logRecord('sdu', now - 10_000, { user_id: 'github|ann' }))
  t.match(await users.findByAuth0Id('auth0|ann'), { is_active: true })
  t.equal(await users.findByAuth0Id('github|ann'), null, 'only that identity is gone')
  await send(event('user.updated', now - 15_000, { user_id: 'github|ann', given_name: 'G' }))
  t.equal(await users.findByAuth0Id('github|ann'), null, 'an older message does not bring it back')

  const erasing = await receiving(t, { plugin: clock, events: { deleted: 'erase' } })
  await erasing.send(event('user.created', now - 60_000, ann))
  const gone = event('user.deleted', now - 30_000, { user_id: 'auth0|ann' })
  t.match(await erasing.send(gone), { body: { applied: 1 } })
  t.match(await erasing.send(gone), { body: { repeated: 1 } })
  const [row] = await people(erasing.database)
  t.match(row, { email: null, is_active: false, anonymised_at: String })
  t.match(await erasing.send(event('user.updated', now, ann)), { body: { ignored: 1 } }, 'who was erased stays erased')
  t.equal((await people(erasing.database)).length, 1)
})

t.test('linked identities: a block of one keeps the person out until it is lifted', async t => {
  const { send, app, database } = await receiving(t, { plugin: clock })
  const users = app.auth0Users.users
  await send(event('user.created', now - 60_000, ann))
  const id = (await users.findByAuth0Id('auth0|ann'))?.id ?? ''
  await database.db.insertInto('accounts_identity').values({ auth0_id: 'github|ann', user_id: id }).execute()
  await send(apiCall('patch', now - 50_000, 'auth0|ann', { blocked: true }))
  await send(apiCall('patch', now - 49_000, 'github|ann', { blocked: true }))
  await send(apiCall('patch', now - 40_000, 'auth0|ann', { blocked: false }))
  t.match(await users.find(id), { is_active: false })
  await send(apiCall('patch', now - 30_000, 'github|ann', { blocked: false }))
  await send(apiCall('patch', now - 20_000, 'auth0|ann', { blocked: false }))
  t.match(await users.find(id), { is_active: true })
})

t.test('whom Auth0 blocked or deleted before the first visit is deactivated at it', async t => {
  const issuer = await localIssuer(t, { now: () => now })
  const { send, app, bearer } = await receiving(t, { issuer, plugin: clock })
  await send(apiCall('patch', now - 5000, 'auth0|blocked', { blocked: true }))
  await send(logRecord('sdu', now - 5000, { user_id: 'auth0|deleted' }))
  await send(apiCall('patch', now - 5000, 'auth0|free', { blocked: false }))
  const users = app.auth0Users.users
  for (const name of ['blocked', 'deleted', 'free']) {
    const headers = { authorization: await bearer({ sub: `auth0|${name}`, iat: now / 1000 - 10 }) }
    const expected = name === 'free'
    // The check follows the commit, and may be sooner than the answer.
    const { statusCode } = await app.inject({ url: '/me', headers })
    t.ok(statusCode === 200 || (statusCode === 403 && !expected), 'the token is valid')
    const wanted = expected ? 200 : 403
    let answer = statusCode
    for (let tries = 0; tries < 500 && answer !== wanted; tries++) {
      // Memory is told after the commit, which a look at the row lets happen.
      await users.findByAuth0Id(`auth0|${name}`)
      answer = (await app.inject({ url: '/me', headers })).statusCode
    }
    t.equal(answer, wanted, name)
    t.match(await users.findByAuth0Id(`auth0|${name}`), { is_active: expected })
  }
  await send(apiCall('patch', now - 1000, 'auth0|blocked', { blocked: false }))
  t.match(await users.findByAuth0Id('auth0|blocked'), { is_active: true })
})

t.test('old messages are taken and forgotten, and so is what was remembered of them', async t => {
  let time = now
  const { send, database } = await receiving(t, { plugin: { now: () => time }, events: { maxAge: 86_400 } })
  const old = event('user.created', now - 86_401_000, ann)
  t.match(await send(old), { status: 200, body: { outdated: 1 } })
  t.strictSame(await people(database), [])
  await send([event('user.created', now, ann), event('user.created', now, { user_id: 'auth0|b', blocked: true })])
  const count = async () => {
    const { rows } = await database.pool.query(
      'select (select count(*) from accounts_auth0_event)::int e, (select count(*) from accounts_auth0_subject)::int s',
    )
    return rows[0]
  }
  t.strictSame(await count(), { e: 2, s: 2 })
  time += 3 * 86_400_000
  t.match(await send([]), { status: 200 })
  t.strictSame(await count(), { e: 0, s: 1 }, 'what keeps somebody out is kept')
  t.match(await send(event('user.updated', now, { ...ann, email: 'replay@example.com' })), { body: { outdated: 1 } })
  t.match(await send(event('user.updated', time, { user_id: 'auth0|b', blocked: false })), { body: { applied: 1 } })
  t.strictSame(
    (await people(database)).map(row => (row as { is_active: boolean }).is_active),
    [true, true],
  )
})

t.test('without a database a message is answered 503, and taken when it is back', async t => {
  const server = await ownServer(t)
  const { send } = await receiving(t, { database: server.database, plugin: clock })
  const message = event('user.created', now, ann)
  await server.stop()
  t.match(await send([message, message]), {
    status: 503,
    body: { code: 'A0U_DATABASE_UNAVAILABLE' },
    headers: { 'retry-after': String },
  })
  await server.start()
  t.match(await send(message), { status: 200, body: { applied: 1 } })
})

t.test('wrong options are named, and the secret is not', async t => {
  const short = 'short-secret'
  await t.rejects(build(t, { plugin: { auth0: { events: { secret: short }, backchannelLogout: { clientId: [] } } } }), {
    code: 'A0U_OPTIONS_INVALID',
    message: /auth0\.backchannelLogout/,
  })
  const error: Error = await build(t, { plugin: { auth0: { events: { secret: short, maxAge: 60 } } } }).catch(e => e)
  t.match(error.message, /auth0\.events\.maxAge.*auth0\.events\.secret/s)
  t.notOk(error.message.includes(short))
  await t.rejects(build(t, { plugin: { users: { provision: false }, auth0: { events: { secret } } } }), {
    message: /requires users\.provision/,
  })
})
