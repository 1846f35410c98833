import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import t from 'tap'
import { createUserinfo } from '#plugin/auth0/userinfo.js'
import { createMapper } from '#plugin/claims/mapping.js'
import type { Auth0UsersOptions } from '#plugin/index.js'
import type { Claims } from '#plugin/testing/index.js'
import { build, localIssuer } from '../../helpers/app.ts'

type Test = Parameters<typeof build>[0]
type Answer = (response: ServerResponse, request: IncomingMessage) => void

const told = { sub: 'auth0|ann', email: 'ann@x.test', email_verified: true, given_name: 'Ann', family_name: 'Lee' }
const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  response =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** An issuer whose /userinfo gives any answer, and an app that accepts its tokens. */
async function scene(t: Test, users: Auth0UsersOptions['users'] = {}, plugin: Partial<Auth0UsersOptions> = {}) {
  const clock = { ms: Date.now() }
  const issuer = await localIssuer(t, { now: () => clock.ms })
  const state = { answer: json(told), calls: [] as IncomingMessage[], log: '' }
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/jwks.json') return json(issuer.keySet())(response, request)
    state.calls.push(request)
    return state.answer(response, request)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const domain = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stream = new Writable({
    write(chunk, _encoding, done) {
      state.log += chunk
      done()
    },
  })
  const built = await build(t, {
    issuer,
    fastify: { logger: { level: 'trace', stream } },
    plugin: {
      issuers: [{ domain, audience: issuer.audience }],
      users: { userinfo: 'create', ...users },
      cache: { ttl: 0 },
      now: () => clock.ms,
      ...plugin,
    },
    routes: app => app.get('/me', r => r.getUser()),
  })
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const nameless = { email: undefined, email_verified: undefined, given_name: undefined, family_name: undefined }
  const token = (claims: Claims = {}) => issuer.token({ iss: `${domain}/`, sub: told.sub, ...nameless, ...claims })
  const show = (raw: string) => built.app.inject({ url: '/me', headers: { authorization: `Bearer ${raw}` } })
  return { ...built, state, clock, domain, token, show, me: async (claims: Claims = {}) => show(await token(claims)) }
}

const minutes = 60_000

t.test('a person whose token has no email is created with what /userinfo tells', async t => {
  const seen: string[][] = []
  const hooks: NonNullable<Auth0UsersOptions['hooks']> = {
    beforeCreate: (draft, context) => void seen.push([draft.email ?? '', ...Object.keys(context).sort()]),
    onCreated: (_user, origin) => void seen.push(Object.keys(origin).sort()),
  }
  const { show, token, state } = await scene(t, {}, { hooks })
  const raw = await token({ given_name: 'Annie' })
  const response = await show(raw)
  t.match(response.json(), { email: 'ann@x.test', email_verified: true, first_name: 'Annie', last_name: 'Lee' })
  t.match(state.calls, [{ method: 'GET', url: '/userinfo', headers: { authorization: `Bearer ${raw}` } }])
  await show(raw)
  t.equal(state.calls.length, 1, 'the email is there')
  t.strictSame(seen[0], ['ann@x.test', 'claims', 'log', 'requestId', 'trx'], 'hooks see the email and no token')
  t.strictSame(seen[1], ['claims', 'log', 'requestId'])
  t.ok(state.log.length > 0)
  t.notOk(state.log.includes(raw), 'the token is not logged')
})

t.test('nobody is asked about with an email in the token, as a machine, or without the option', async t => {
  const { me, state } = await scene(t, { machine: 'user' })
  t.match((await me({ email: 'own@x.test' })).json(), { email: 'own@x.test', email_verified: false, last_name: '' })
  t.match((await me({ sub: 'robot@clients', gty: 'client-credentials' })).json(), { email: null })
  t.equal(state.calls.length, 0)
  const never = await scene(t, { userinfo: 'never' })
  t.match((await never.me()).json(), { email: null })
  t.equal(never.state.calls.length, 0)
  const existing = await scene(t, { provision: 'existing' })
  t.equal((await existing.me()).statusCode, 403)
  t.equal(existing.state.calls.length, 0)
})

t.test('a token that is bound to a key is shown to nobody', async t => {
  const { me, state } = await scene(t, {}, { dpop: 'off' })
  t.match((await me({ cnf: { jkt: 'thumbprint' } })).json(), { email: null })
  t.equal(state.calls.length, 0)
})

t.test('with a shared secret nothing is called', async t => {
  const secret = 'a-shared-secret-of-more-than-32-bytes'
  const { issuer, show, domain, state } = await scene(t, {}, { test: { secret } })
  const claims = { iss: `${domain}/`, sub: told.sub, email: undefined, email_verified: undefined }
  t.match((await show(await issuer.token(claims, { signWith: { secret } }))).json(), { email: null })
  t.equal(state.calls.length, 0)
})

t.test('an answer about somebody else is ignored, and so is one of another kind', async t => {
  const { me, state, domain } = await scene(t)
  const sub = (name: string) => ({ ...told, sub: `auth0|${name}`, email: `${name}@x.test` })
  const answers: Record<string, Answer> = {
    subject: json(sub('victim')),
    missing: json({ email: 'missing@x.test' }),
    html: response => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
    list: json([sub('list')]),
    large: json({ ...sub('large'), picture: 'x'.repeat(65_536) }),
    refused: json({ error: 'access_denied' }, 403),
    elsewhere: json({}, 302, { location: `${domain.replace('127.0.0.1', 'localhost')}/userinfo` }),
    here: json({}, 302, { location: `${domain}/userinfo` }),
    utf8: response => response.end(Buffer.from([0x7b, 0xff, 0x7d])),
    unusable: json({ ...sub('unusable'), email: 'no address' }),
  }
  for (const [name, answer] of Object.entries(answers)) {
    state.calls.length = 0
    state.answer = answer
    const response = await me({ sub: `auth0|${name}` })
    t.match(response.json(), { auth0_id: `auth0|${name}`, email: null, email_verified: false }, name)
    t.equal(state.calls.length, 1, name)
  }
  for (const reason of ['subject', 'json', 'size', 'refused', 'redirect']) t.match(state.log, `"reason":"${reason}"`)
  t.notMatch(state.log, 'victim@')
  state.answer = json(sub('next'))
  t.match((await me({ sub: 'auth0|next' })).json(), { email: 'next@x.test' }, 'one answer says nothing of the next')
})

t.test('an issuer over its limit, or out of order, is left alone for as long as it asks', async t => {
  const { me, state, clock } = await scene(t)
  let person = 0
  /** How many calls the first request of somebody new makes. */
  const calls = async () => {
    const before = state.calls.length
    person += 1
    const response = await me({ sub: `auth0|p${person}` })
    t.equal(response.statusCode, 200)
    return state.calls.length - before
  }
  const ends = async (seconds: number, reason: string) => {
    t.equal(await calls(), 1, reason)
    clock.ms += seconds * 1000 - 1
    t.equal(await calls(), 0, `${reason}: silence`)
    clock.ms += 1
  }
  const date = new Date(Math.ceil(clock.ms / 1000) * 1000 + 200_000)
  state.answer = json({}, 429, { 'retry-after': date.toUTCString() })
  await ends((date.getTime() - clock.ms) / 1000, 'a date')
  state.answer = json({}, 429, { 'retry-after': '30' })
  await ends(30, '30 seconds')
  state.answer = json({}, 429)
  await ends(60, 'no Retry-After')
  state.answer = json({}, 503, { 'retry-after': '86400' })
  await ends(300, 'a day is too long')
  state.answer = json({}, 429, { 'retry-after': '0' })
  await ends(1, 'at once is too soon')
  state.answer = json({}, 500)
  await ends(10, '500')
  state.answer = response => void response.destroy()
  await ends(10, 'a connection that breaks')
  state.answer = json({})
  t.equal(await calls(), 1)
})

t.test('a call that hangs before or within its body delays a request for the timeout at the most', async t => {
  const { me, state, clock } = await scene(t, {}, { jwks: { timeout: 0.4 } })
  t.match((await me({ sub: 'auth0|first', email: 'first@x.test' })).json(), { email: 'first@x.test' }, 'keys are known')
  const answers: Answer[] = [() => {}, response => void response.writeHead(200).write('{')]
  for (const [index, answer] of answers.entries()) {
    state.answer = answer
    const start = performance.now()
    t.match((await me({ sub: `auth0|${index}` })).json(), { email: null })
    const took = performance.now() - start
    t.ok(took > 350 && took < 4000, `took ${took} ms`)
    clock.ms += 10_000
  }
  t.equal(state.calls.length, 2)
  t.match(state.log, '"reason":"timeout"')
})

t.test('200 first requests at once, with as many tokens, make one call', async t => {
  const { me, state, app } = await scene(t)
  state.answer = (response, request) => void setTimeout(() => json(told)(response, request), 50)
  const responses = await Promise.all(Array.from({ length: 200 }, (_, nonce) => me({ nonce })))
  t.equal(responses.filter(r => r.json().email === 'ann@x.test').length, 200)
  t.equal(state.calls.length, 1)
  await app.close()
})

t.test('a hundred calls run at a time, and who comes then gets in and is completed later', async t => {
  const { me, state } = await scene(t)
  const held: (() => void)[] = []
  state.answer = (response, request) => void held.push(() => json(told)(response, request))
  let answered = 0
  const requests = Array.from({ length: 120 }, async (_, index) => {
    const response = await me({ sub: `auth0|${index}` })
    answered += 1
    // Those that were not asked about are answered before the others.
    if (answered === 20) for (const release of held) release()
    return response.statusCode
  })
  t.strictSame(new Set(await Promise.all(requests)), new Set([200]))
  t.equal(state.calls.length, 100)
})

t.test('while all remembered people are recent, nobody else is asked about', async t => {
  const { app, state, domain, clock } = await scene(t)
  const bounds = { timeout: 5, capacity: 2, now: () => clock.ms }
  const complete = createUserinfo({ issuers: [`${domain}/`], mapClaims: createMapper({}), ...bounds })
  const calls = async (sub: string, iss = `${domain}/`) => {
    const before = state.calls.length
    state.answer = json({ ...told, sub })
    const claims = { iss, sub, aud: [], iat: 0, exp: 0 }
    const origin = { method: 'jwt', claims, requestId: '1', log: app.log, accessToken: () => 'token' }
    await complete({ subject: sub, fields: {}, issuedAt: new Date(0) }, origin)
    return state.calls.length - before
  }
  t.strictSame([await calls('a'), await calls('b'), await calls('c'), await calls('a')], [1, 1, 0, 0])
  clock.ms += 10 * minutes
  t.strictSame([await calls('c'), await calls('d'), await calls('a')], [1, 1, 0])
  clock.ms += 10 * minutes
  t.equal(await calls('e', 'https://elsewhere.example/'), 0, 'an issuer that is not ours')
})

t.test('a mapping function that fails on the answer fails no request', async t => {
  const last_name = ({ updated_at }: Readonly<Record<string, unknown>>) => {
    if (updated_at !== undefined) throw new Error('unexpected')
  }
  const { me, state } = await scene(t, {}, { claims: { last_name } })
  state.answer = json({ ...told, updated_at: '2026-01-01' })
  t.match((await me()).json(), { email: null })
  t.match(state.log, '"reason":"mapping"')
})

t.test('who was created without an email is completed later, with one call in ten minutes', async t => {
  const changes: unknown[] = []
  const hooks: NonNullable<Auth0UsersOptions['hooks']> = { afterUpdate: change => void changes.push(change.changes) }
  const { me, state, clock } = await scene(t, {}, { hooks })
  state.answer = json({}, 503)
  t.match((await me()).json(), { email: null })
  state.answer = json(told)
  clock.ms += 10 * minutes - 1
  t.match((await me()).json(), { email: null })
  t.equal(state.calls.length, 1)
  clock.ms += 1
  t.match((await me()).json(), { email: 'ann@x.test', email_verified: true, first_name: 'Ann' })
  t.strictSame(changes, [{ email: 'ann@x.test', email_verified: true, first_name: 'Ann', last_name: 'Lee' }])
  clock.ms += 10 * minutes
  t.match((await me()).json(), { email: 'ann@x.test' })
  t.equal(state.calls.length, 2)
  t.equal(changes.length, 1)
})

t.test('who is known and fresh is not asked about, and neither is who may not be changed', async t => {
  const fresh = await scene(t, {}, { cache: { ttl: 3000 } })
  fresh.state.answer = json({}, 503)
  const raw = await fresh.token()
  await fresh.show(raw)
  fresh.clock.ms += 20 * minutes
  t.match((await fresh.show(raw)).json(), { email: null })
  t.equal(fresh.state.calls.length, 1, 'a hit asks nobody')

  const hooks: NonNullable<Auth0UsersOptions['hooks']> = {
    beforeCreate: draft => void Object.assign(draft, { email: null }),
  }
  const edited = await scene(t, {}, { hooks })
  t.match((await edited.me()).json(), { email: null, first_name: 'Ann' })
  edited.clock.ms += 20 * minutes
  t.match((await edited.me()).json(), { email: null })
  t.equal(edited.state.calls.length, 1, 'a hook took the email away')

  const never = await scene(t, { update: 'never' })
  never.state.answer = json({}, 503)
  await never.me()
  never.clock.ms += 20 * minutes
  t.match((await never.me()).json(), { email: null })
  t.equal(never.state.calls.length, 1, 'nothing is updated')
})

t.test('later, an email of somebody else is passed over, and one that the person set meanwhile stays', async t => {
  const { me, state, clock, database } = await scene(t)
  state.answer = json({}, 403)
  await me()
  await me({ sub: 'auth0|holder', email: 'ann@x.test' })
  clock.ms += 10 * minutes
  state.answer = json(told)
  t.match((await me()).json(), { email: null, first_name: 'Ann' })
  t.match((await me()).json(), { email: null, first_name: 'Ann' })
  t.equal(state.calls.length, 2)

  const person = database.db.updateTable('accounts_user').where('auth0_id', '=', told.sub)
  const edit = person.set({ email: 'set@x.test', edited_fields: ['email'] })
  clock.ms += 10 * minutes
  state.answer = (response, request) =>
    void edit.execute().then(() => json({ ...told, email: 'late@x.test', given_name: 'Anne' })(response, request))
  t.match((await me()).json(), { email: 'set@x.test', first_name: 'Anne' })
  t.equal(state.calls.length, 3)
})

t.test('an email of somebody else is refused at creation, at each attempt, by one call', async t => {
  const { me, state } = await scene(t)
  await me({ sub: 'auth0|holder', email: 'ann@x.test' })
  t.match((await me()).json(), { code: 'A0U_EMAIL_CONFLICT' })
  t.match((await me()).json(), { code: 'A0U_EMAIL_CONFLICT' }, 'trying again does not go round it')
  t.equal(state.calls.length, 1)
})
