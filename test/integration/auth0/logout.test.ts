import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Auth0UsersOptions } from '#plugin/index.js'
import type { Claims, TokenFaults } from '#plugin/testing/index.js'
import { type BuiltApp, build, localIssuer } from '../../helpers/app.ts'
import { ownServer } from '../../helpers/own-server.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'
import { openPage, type Page } from '../credentials/browser.ts'

const path = '/api/v1/accounts/auth0/backchannel-logout'
const clientId = 'client-of-the-app'
const eventName = 'http://schemas.openid.net/event/backchannel-logout'
const now = Date.parse('2026-11-20T12:00:00Z')
const seconds = now / 1000

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies are compared, not trusted
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

interface LogoutApp extends BuiltApp {
  /** A form as Auth0 posts it. */
  post(form: string, type?: string): Promise<Answer>
  logout(claims?: Claims, faults?: TokenFaults): Promise<Answer>
  logoutToken(claims?: Claims, faults?: TokenFaults): Promise<string>
  /** A browser with a session that began with this session at Auth0. */
  signIn(sub: string, sid: string): Promise<Page>
}

async function logoutApp(
  t: Test,
  options: { plugin?: Partial<Auth0UsersOptions>; database?: TestDatabase; revoke?: boolean } = {},
): Promise<LogoutApp> {
  const issuer = await localIssuer(t, { now: () => now })
  const accessTokens = options.revoke ? 'revoke' : 'keep'
  const built = await build(t, {
    issuer,
    ...(options.database && { database: options.database }),
    plugin: {
      now: () => now,
      methods: { session: { staffOnly: false } },
      auth0: { backchannelLogout: { clientId: [clientId, 'other-client'], accessTokens } },
      ...options.plugin,
    },
    routes: app => app.get('/me', request => request.getUser().id),
  })
  const { app } = built
  const logoutToken = (claims: Claims = {}, faults: TokenFaults = {}) =>
    issuer.token(
      {
        ...{ sub: 'auth0|ann', aud: clientId, iat: seconds, exp: seconds + 120, jti: randomUUID() },
        ...{ events: { [eventName]: {} }, ...claims },
      },
      { ...faults, header: { typ: 'logout+jwt', ...faults.header } },
    )
  async function post(form: string, type = 'application/x-www-form-urlencoded'): Promise<Answer> {
    const answer = await app.inject({ method: 'POST', url: path, headers: { 'content-type': type }, payload: form })
    return { status: answer.statusCode, body: answer.body === '' ? null : answer.json(), headers: answer.headers }
  }
  return {
    ...built,
    post,
    logoutToken,
    logout: async (claims, faults) => await post(`logout_token=${await logoutToken(claims, faults)}`),
    async signIn(sub, sid) {
      const page = openPage(app)
      const authorization = await built.bearer({ sub, 'https://app.example/sid': sid, iat: seconds - 10 })
      const { status } = await page.send('POST', '/api/v1/accounts/session/', { authorization })
      t.equal(status, 201)
      return page
    },
  }
}

const statusOf = async (page: Page): Promise<number> => (await page.send('GET', '/me')).status

t.test('a logout ends the session of its sid and no other', async t => {
  const { signIn, logout, database } = await logoutApp(t)
  const [laptop, phone, other] = [
    await signIn('auth0|ann', 's1'),
    await signIn('auth0|ann', 's2'),
    await signIn('auth0|bob', 's3'),
  ]
  for (const page of [laptop, phone, other]) t.equal(await statusOf(page), 200)
  const answer = await logout({ sid: 's1' })
  t.match(answer, { status: 200, body: null, headers: { 'cache-control': 'no-store' } })
  t.equal(await statusOf(laptop), 401)
  t.equal(await statusOf(phone), 200)
  t.match(await logout({ sid: 's1' }), { status: 200 }, 'nothing to end is no fault')
  t.match(await logout({ sid: 's2', sub: undefined }), { status: 200 }, 'sid alone')
  t.equal(await statusOf(phone), 401)
  t.equal(await statusOf(other), 200)
  const { rows } = await database.pool.query(
    `select method, actor_id from accounts_audit where action = 'session.ended'`,
  )
  t.strictSame(rows, [
    { method: 'auth0', actor_id: null },
    { method: 'auth0', actor_id: null },
  ])
})

t.test(
  'a logout by sub alone ends every session of the person, and where it is so decided their access tokens',
  async t => {
    const keeping = await logoutApp(t)
    const pages = [await keeping.signIn('auth0|ann', 's1'), await keeping.signIn('auth0|ann', 's2')]
    const authorization = await keeping.bearer({ sub: 'auth0|ann', iat: seconds - 5 })
    const me = (app: BuiltApp, header: string) => app.app.inject({ url: '/me', headers: { authorization: header } })
    t.match(await keeping.logout({ sid: undefined }), { status: 200 })
    for (const page of pages) t.equal(await statusOf(page), 401)
    t.equal((await me(keeping, authorization)).statusCode, 200)
    t.match(await keeping.logout({ sub: 'auth0|stranger' }), { status: 200 }, 'nobody here')

    const revoking = await logoutApp(t, { revoke: true })
    const before = await revoking.bearer({ sub: 'auth0|ann', iat: seconds - 5 })
    const after = await revoking.bearer({ sub: 'auth0|ann', iat: seconds })
    t.equal((await me(revoking, before)).statusCode, 200)
    t.match(await revoking.logout({ sid: 'elsewhere' }), { status: 200 })
    t.match((await me(revoking, before)).json(), { code: 'A0U_TOKEN_REVOKED' })
    t.equal((await me(revoking, after)).statusCode, 200)
  },
)

t.test('a logout token that breaks a rule of the specification is refused and ends nothing', async t => {
  const { signIn, logout, post, logoutToken, issuer, bearer } = await logoutApp(t)
  const page = await signIn('auth0|ann', 's1')
  const good = { sid: 's1' }
  const refused: Record<string, () => Promise<Answer>> = {
    'another audience': () => logout({ ...good, aud: 'somebody-else' }),
    'one audience more': () => logout({ ...good, aud: [clientId, 'somebody-else'] }),
    'no audience': () => logout({ ...good, aud: undefined }),
    'an empty list of audiences': () => logout({ ...good, aud: [] }),
    'another issuer': () => logout({ ...good, iss: 'https://evil.example/' }),
    'a forged signature': () => logout(good, { signWith: 'other-key' }),
    'no signature': () => logout(good, { signWith: 'nothing' }),
    'the public key as a secret': () => logout(good, { header: { alg: 'HS256' }, signWith: 'public-key-as-secret' }),
    'the algorithm none': () => logout(good, { header: { alg: 'none' }, signWith: 'nothing' }),
    'an access token type': () => logout(good, { header: { typ: 'at+jwt' } }),
    'a critical extension': () => logout(good, { header: { crit: ['x'] } }),
    expired: () => logout({ ...good, iat: seconds - 200, exp: seconds - 6 }),
    'no expiry': () => logout({ ...good, exp: undefined }),
    'expiry as text': () => logout({ ...good, exp: String(seconds + 60) }),
    'a lifetime of a year': () => logout({ ...good, exp: seconds + 31_536_000 }),
    'from the future': () => logout({ ...good, iat: seconds + 6 }),
    'no iat': () => logout({ ...good, iat: undefined }),
    'no jti': () => logout({ ...good, jti: undefined }),
    'a blank jti': () => logout({ ...good, jti: ' ' }),
    'no events': () => logout({ ...good, events: undefined }),
    'events as a list': () => logout({ ...good, events: [eventName] }),
    'another event': () => logout({ ...good, events: { [`${eventName}/`]: {} } }),
    'an event that is no object': () => logout({ ...good, events: { [eventName]: true } }),
    'a nonce': () => logout({ ...good, nonce: 'n' }),
    'a nonce that is null': () => logout({ ...good, nonce: null }),
    'neither sub nor sid': () => logout({ sub: undefined }),
    'sid as a number': () => logout({ sid: 1 }),
    'sub as an object': () => logout({ ...good, sub: {} }),
    'an access token': async () => post(`logout_token=${(await bearer({ sub: 'auth0|ann' })).slice(7)}`),
    truncated: async () => post(`logout_token=${(await logoutToken(good)).slice(0, -20)}`),
    'two tokens': async () => post(`logout_token=${await logoutToken(good)}&logout_token=${await logoutToken(good)}`),
    none: () => post('token=x'),
    nothing: () => post(''),
    'no text': () => post('logout_token=%00'),
  }
  for (const [what, send] of Object.entries(refused)) {
    const answer = await send()
    const body = { error: 'invalid_request', error_description: String, code: 'A0U_LOGOUT_TOKEN_INVALID' }
    t.match(answer, { status: 400, body, headers: { 'cache-control': 'no-store' } }, what)
  }
  t.match(await post(JSON.stringify({ logout_token: await logoutToken(good) }), 'application/json'), { status: 415 })
  t.match(await post(`logout_token=${'x'.repeat(40_000)}`), { status: 413 })
  t.equal(await statusOf(page), 200, 'the session goes on')

  await issuer.rotate()
  t.match(await logout(good, { header: { typ: 'JWT' } }), { status: 200 }, 'a rotated key and the type of any JWT')
  t.equal(await statusOf(page), 401)
})

t.test('a logout token works once, whichever process it is sent to', async t => {
  const database = await testDatabase(t)
  const other = { ...database, ...database.connect() }
  const first = await logoutApp(t, { database })
  const { domain, audience } = first.issuer
  const second = await logoutApp(t, { database: other, plugin: { issuers: [{ domain, audience }] } })
  const form = `logout_token=${await first.logoutToken({ sid: 's1' })}`
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => [first, second][n % 2]?.post(form)))
  t.equal(answers.filter(answer => answer?.status === 200).length, 1)
  const others = answers.filter(answer => answer?.status !== 200)
  t.ok(others.every(answer => answer?.status === 400 && answer.body.code === 'A0U_LOGOUT_TOKEN_REPLAYED'))

  const page = await first.signIn('auth0|ann', 's2')
  t.match(await second.post(form), { status: 400 })
  t.equal(await statusOf(page), 200, 'a session that began since is not ended by a repeat')
  const same = { sid: 's1', jti: 'one' }
  t.match(await first.logout(same), { status: 200 })
  t.match(await first.logout({ ...same, iss: first.issuer.issuer }), { status: 400 }, 'another token with the same jti')
})

t.test('without database or keys a logout is answered 503 and can be sent again', async t => {
  const server = await ownServer(t)
  const { logout, logoutToken, post } = await logoutApp(t, { database: server.database })
  t.match(await logout(), { status: 200 })
  const form = `logout_token=${await logoutToken()}`
  await server.stop()
  t.match(await post(form), {
    status: 503,
    body: { code: 'A0U_DATABASE_UNAVAILABLE' },
    headers: { 'retry-after': String },
  })
  await server.start()
  t.match(await post(form), { status: 200 })
  t.match(await post(form), { status: 400, body: { code: 'A0U_LOGOUT_TOKEN_REPLAYED' } })

  const cold = await logoutApp(t)
  await cold.issuer.outage('refuse')
  t.match(await cold.logout(), {
    status: 503,
    body: { code: 'A0U_KEYS_UNAVAILABLE' },
    headers: { 'retry-after': String },
  })
})
