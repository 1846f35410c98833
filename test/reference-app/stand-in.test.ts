import { stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { seededPeople } from '#app/stand-in/people.js'
import { type StandIn, type StandInOptions, startStandIn } from '#app/stand-in/stand-in.js'
import { createOAuthClient, type OAuthClient, signedIn, transactionOf } from './oauth-client.ts'

interface TokenAnswer {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope: string
}

async function run(t: Test, options: Partial<StandInOptions> = {}): Promise<{ standIn: StandIn; client: OAuthClient }> {
  const standIn = await startStandIn({ port: 0, ...options })
  t.teardown(() => standIn.close())
  return { standIn, client: createOAuthClient(standIn.issuer) }
}

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T
}

/** Checks an access token as an API does: with what discovery and the key set say, over HTTP. */
async function verify({ issuer, audience }: StandIn, token: string): Promise<JWTPayload> {
  const discovery = await json<{ issuer: string; jwks_uri: string }>(
    await fetch(`${issuer}.well-known/openid-configuration`),
  )
  const keys = createLocalJWKSet(await json(await fetch(discovery.jwks_uri)))
  const { payload } = await jwtVerify(token, keys, { issuer: discovery.issuer, audience, algorithms: ['RS256'] })
  return payload
}

t.test('discovery and the key set describe the server and show nothing private', async t => {
  const { standIn } = await run(t)
  const discovery = await json<Record<string, unknown>>(
    await fetch(`${standIn.issuer}.well-known/openid-configuration`),
  )
  t.match(standIn.issuer, /^http:\/\/localhost:\d+\/$/)
  t.equal(discovery['issuer'], standIn.issuer)
  t.strictSame(discovery['code_challenge_methods_supported'], ['S256'])
  const { keys } = await json<{ keys: Record<string, string>[] }>(await fetch(`${standIn.issuer}.well-known/jwks.json`))
  t.equal(keys.length, 1)
  t.strictSame(Object.keys(keys[0] ?? {}).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

t.test('it listens on loopback only, and answers only requests that name this machine', async t => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.test']) {
    await t.rejects(startStandIn({ port: 0, host }), { name: 'RangeError' }, host)
  }
  const { standIn } = await run(t)
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const path = '/.well-known/openid-configuration'
    const { port } = new URL(standIn.issuer)
    request({ host: '127.0.0.1', port, path, headers: { host: `evil.example:${port}` } }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  t.equal(status, 400)
})

t.test('the email form leads to a code, and the code to tokens', async t => {
  const { standIn, client } = await run(t)
  const page = await client.get(client.authorizeUrl())
  t.equal(page.status, 200)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'.*frame-ancestors 'none'/)
  const text = await page.text()
  t.match(text, 'Continue with GitHub')
  t.match(text, 'Continue with Google')
  const form = {
    transaction: transactionOf(text),
    email: ' Some.One@Example.Test ',
    given_name: 'Some',
    family_name: 'One',
  }
  const answer = await client.postForm('sign-in/email', form)
  t.equal(answer.status, 303)
  t.match(answer.headers.get('set-cookie'), /^stand_in_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax/)
  const { location, code } = signedIn(answer)
  t.ok(location.href.startsWith('http://localhost:3000/callback?from=sign-in&'))
  t.equal(location.searchParams.get('state'), 'state & <more>', 'state comes back unchanged')
  t.equal((await client.postForm('sign-in/email', form)).status, 400, 'a waiting request is answered once')

  const redeemed = await client.redeem(code)
  t.equal(redeemed.status, 200)
  t.equal(redeemed.headers.get('cache-control'), 'no-store')
  const tokens = await json<TokenAnswer>(redeemed)
  t.match(tokens, { token_type: 'Bearer', expires_in: 86_400, scope: 'openid profile email offline_access' })
  const claims = await verify(standIn, tokens.access_token)
  t.match(claims, {
    sub: /^auth0\|[0-9a-f]{24}$/,
    aud: [standIn.audience, `${standIn.issuer}userinfo`],
    azp: 'reference-app-web',
    scope: 'openid profile email offline_access',
    email: 'some.one@example.test',
    email_verified: true,
    given_name: 'Some',
    family_name: 'One',
    'https://reference-app.example/email': 'some.one@example.test',
    'https://reference-app.example/email_verified': true,
    'https://reference-app.example/given_name': 'Some',
    'https://reference-app.example/family_name': 'One',
  })
  t.equal((claims.exp ?? 0) - (claims.iat ?? 0), 86_400)
  t.equal(decodeProtectedHeader(tokens.access_token).alg, 'RS256')
  t.match(decodeJwt(tokens.id_token), {
    aud: 'reference-app-web',
    nonce: 'a-nonce',
    sub: claims.sub,
    name: 'Some One',
    sid: /^[\w-]{43}$/,
  })

  const again = decodeJwt(
    (await json<TokenAnswer>(await client.redeem((await client.signIn('some.one@example.test')).code))).access_token,
  )
  t.equal(again.sub, claims.sub, 'the same address is the same person')
})

t.test('the social buttons lead to invented people', async t => {
  const { client } = await run(t)
  for (const person of seededPeople) {
    t.match(person.email, /@example\.test$/)
    const transaction = transactionOf(await (await client.get(client.authorizeUrl())).text())
    const issuer = new URL(client.authorizeUrl()).origin
    const chooser = await client.get(
      `${issuer}/sign-in/social?transaction=${transaction}&connection=${person.connection}`,
    )
    t.match(await chooser.text(), person.email)
    const { code } = signedIn(await client.postForm('sign-in/person', { transaction, sub: person.sub }))
    const { access_token: token } = await json<TokenAnswer>(await client.redeem(code))
    t.match(decodeJwt(token), { sub: person.sub, email: person.email, given_name: person.given_name })
    t.ok(person.sub.startsWith(`${person.connection}|`))
  }
  const direct = await client.get(client.authorizeUrl({ connection: 'github' }))
  t.match(await direct.text(), 'Continue with GitHub', 'connection= goes straight to the people of that provider')
  t.equal((await client.postForm('sign-in/person', { transaction: 'x', sub: 'github|no one' })).status, 400)
})

t.test('a wrong email address is explained on the page, escaped, and can be corrected', async t => {
  const { client } = await run(t)
  const transaction = transactionOf(await (await client.get(client.authorizeUrl({ screen_hint: 'signup' }))).text())
  const wrong = await client.postForm('sign-in/email', { transaction, email: '"><script>', sign_up: 'true' })
  t.equal(wrong.status, 400)
  const text = await wrong.text()
  t.match(text, 'aria-invalid="true"')
  t.match(text, 'value="&quot;&gt;&lt;script&gt;"')
  t.notMatch(text, '<script')
  t.match(text, 'Given name', 'it is still the page to create an account')
  t.equal((await client.postForm('sign-in/email', { transaction, email: 'a@example.test' })).status, 303)
})

t.test('no one is redirected for an unknown client or a redirect_uri elsewhere', async t => {
  const { client } = await run(t)
  const wrong = [
    { client_id: 'unknown' },
    { client_id: undefined },
    { redirect_uri: undefined },
    { redirect_uri: 'https://evil.example/callback' },
    { redirect_uri: 'http://localhost.evil.example/' },
    { redirect_uri: 'http://localhost@evil.example/' },
    { redirect_uri: 'http://user@localhost:3000/' },
    { redirect_uri: 'http://localhost:3000/#fragment' },
    { redirect_uri: 'javascript://localhost/%0aalert(1)' },
    { redirect_uri: 'callback' },
  ]
  for (const overrides of wrong) {
    const response = await client.get(client.authorizeUrl(overrides))
    t.equal(response.status, 400, JSON.stringify(overrides))
    t.equal(response.headers.get('location'), null)
  }
  t.equal((await client.get(`${client.authorizeUrl()}&state=second`)).status, 400, 'no parameter may be sent twice')
})

t.test('other faults of an authorization request go to the app, with its state', async t => {
  const { client } = await run(t)
  const cases = [
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge_method: undefined }],
    ['invalid_request', { response_mode: 'form_post' }],
    ['access_denied', { audience: 'https://other-api.example' }],
    ['login_required', { prompt: 'none' }],
  ] as const
  for (const [error, overrides] of cases) {
    const response = await client.get(client.authorizeUrl(overrides))
    t.equal(response.status, 302)
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    t.equal(searchParams.get('error'), error, JSON.stringify(overrides))
    t.equal(searchParams.get('state'), 'state & <more>')
    t.equal(searchParams.get('code'), null)
  }
})

t.test('a code works once, for its client, redirect_uri and verifier, within 60 seconds', async t => {
  let now = Date.now()
  const { client } = await run(t, { now: () => now })
  const refused = async (reason: string, overrides: Record<string, string>): Promise<void> => {
    const { code } = await client.signIn('a@example.test')
    const response = await client.redeem(code, overrides)
    t.equal(response.status, 400, reason)
    t.match(await response.json(), { error: 'invalid_grant' })
    t.equal((await client.redeem(code)).status, 400, 'and it is used up')
  }
  await refused('wrong verifier', { code_verifier: 'x'.repeat(43) })
  await refused('verifier too short', { code_verifier: 'x' })
  await refused('another redirect_uri', { redirect_uri: 'http://localhost:3000/' })
  await refused('another client', { client_id: 'reference-app-machine', client_secret: 'not-a-secret' })

  const late = await client.signIn('a@example.test')
  now += 60_000
  t.equal((await client.redeem(late.code)).status, 400, 'expired')

  const { code } = await client.signIn('a@example.test')
  now += 59_000
  const tokens = await json<TokenAnswer>(await client.redeem(code))
  t.equal((await client.redeem(code)).status, 400, 'used before')
  const after = await client.postForm('oauth/token', {
    grant_type: 'refresh_token',
    client_id: 'reference-app-web',
    refresh_token: tokens.refresh_token,
  })
  t.equal(after.status, 400, 'using a code twice also ends the refresh token of its first use')
})

t.test('refresh tokens rotate, and using an old one ends the family', async t => {
  const { standIn, client } = await run(t)
  const refresh = (token: string): Promise<Response> =>
    client.postForm('oauth/token', {
      grant_type: 'refresh_token',
      client_id: 'reference-app-web',
      refresh_token: token,
    })
  const first = await json<TokenAnswer>(await client.redeem((await client.signIn('a@example.test')).code))
  const second = await json<TokenAnswer>(await refresh(first.refresh_token))
  t.not(second.refresh_token, first.refresh_token)
  t.equal((await verify(standIn, second.access_token)).sub, decodeJwt(first.access_token).sub)
  const third = await json<TokenAnswer>(await refresh(second.refresh_token))
  t.ok(third.refresh_token)
  t.equal((await refresh(second.refresh_token)).status, 400, 'the second one is spent')
  t.equal((await refresh(third.refresh_token)).status, 400, 'and with it went the newest')
  t.equal((await refresh('nonsense')).status, 400)

  const plain = await client.signIn('a@example.test', { scope: 'openid' })
  t.notOk((await json<TokenAnswer>(await client.redeem(plain.code))).refresh_token, 'only for offline_access')
})

t.test('client credentials give a machine token, as form data and as JSON', async t => {
  const { standIn, client } = await run(t)
  const form = {
    grant_type: 'client_credentials',
    client_id: 'reference-app-machine',
    client_secret: 'not-a-secret',
    audience: standIn.audience,
  }
  const headers = { 'content-type': 'application/json' }
  const asJson = await fetch(`${standIn.issuer}oauth/token`, { method: 'POST', headers, body: JSON.stringify(form) })
  for (const response of [await client.postForm('oauth/token', form), asJson]) {
    const { access_token: token } = await json<TokenAnswer>(response)
    t.match(await verify(standIn, token), {
      sub: 'reference-app-machine@clients',
      gty: 'client-credentials',
      azp: 'reference-app-machine',
    })
    t.notOk(decodeJwt(token)['email'])
  }
  const cases = [
    [401, { client_secret: 'wrong' }],
    [401, { client_id: 'unknown' }],
    [403, { client_id: 'reference-app-web' }],
    [403, { audience: 'https://other-api.example' }],
    [400, { grant_type: 'password' }],
    [400, { grant_type: 'constructor' }],
    [400, { grant_type: '' }],
  ] as const
  for (const [status, overrides] of cases) {
    const response = await client.postForm('oauth/token', { ...form, ...overrides })
    t.equal(response.status, status, JSON.stringify(overrides))
    t.type((await json<{ error: string }>(response)).error, 'string')
  }
})

t.test('/userinfo knows the holder of an access token with scope openid, and no one else', async t => {
  let now = Date.now()
  const { standIn, client } = await run(t, { now: () => now })
  const userinfo = (authorization: string): Promise<Response> =>
    fetch(`${standIn.issuer}userinfo`, { headers: { authorization } })
  const token = await standIn.mintToken()
  t.match(await (await userinfo(`Bearer ${token}`)).json(), { email: 'demo@example.test', sub: decodeJwt(token).sub })

  const machine = await json<TokenAnswer>(
    await client.postForm('oauth/token', {
      grant_type: 'client_credentials',
      client_id: 'reference-app-machine',
      client_secret: 'not-a-secret',
    }),
  )
  const unsigned = `${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
  for (const authorization of ['', 'Basic abc', `Bearer ${unsigned}`, `Bearer ${machine.access_token}`]) {
    const response = await userinfo(authorization)
    t.equal(response.status, 401)
    t.match(response.headers.get('www-authenticate'), 'error="invalid_token"')
  }
  now += 86_401_000
  t.equal((await userinfo(`Bearer ${token}`)).status, 401, 'expired')
})

t.test('someone who is signed in is sent on at once, also silently; until they sign out', async t => {
  const { standIn, client } = await run(t)
  const { cookie } = await client.signIn('a@example.test')
  const again = await client.get(client.authorizeUrl(), { cookie: `other=1; ${cookie}` })
  t.equal(again.status, 302)
  t.ok(signedIn(again).code)
  t.equal(
    (await client.get(client.authorizeUrl({ prompt: 'login' }), { cookie })).status,
    200,
    'unless the app wants a new sign-in',
  )
  t.equal(
    (await client.get(client.authorizeUrl({ connection: 'github' }), { cookie })).status,
    200,
    'or another way in',
  )

  const silently = { prompt: 'none', response_mode: 'web_message' }
  const message = await client.get(client.authorizeUrl(silently), { cookie })
  t.equal(message.status, 200)
  const script = await message.text()
  t.match(script, '"type":"authorization_response"')
  t.match(script, 'postMessage(')
  t.match(script, '"http://localhost:3000")', 'posted to the origin of the redirect_uri only')
  t.match(script, '\\u003cmore>', 'and nothing in it can close the script')
  t.match(
    message.headers.get('content-security-policy'),
    /script-src 'nonce-[^']+'; frame-ancestors http:\/\/localhost:\*/,
  )
  const code = /"code":"([\w-]{43})"/.exec(script)?.[1] ?? ''
  t.equal((await client.redeem(code)).status, 200)

  const out = await client.get(`${standIn.issuer}v2/logout?returnTo=http://localhost:3000/bye`, { cookie })
  t.equal(out.headers.get('location'), 'http://localhost:3000/bye')
  t.match(out.headers.get('set-cookie'), 'Max-Age=0')
  t.match(await (await client.get(client.authorizeUrl(silently), { cookie })).text(), '"error":"login_required"')
  t.equal((await client.get(`${standIn.issuer}v2/logout?returnTo=https://evil.example/`)).status, 400)
  t.equal((await client.get(`${standIn.issuer}v2/logout`)).status, 200)
})

t.test('a single-page app on this machine may call across origins, with the header of the SDK', async t => {
  const { standIn } = await run(t)
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${standIn.issuer}oauth/token`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'auth0-client,content-type',
      },
    })
  const allowed = await preflight('http://localhost:3000')
  t.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:3000')
  t.match(allowed.headers.get('access-control-allow-headers'), /Auth0-Client/i)
  t.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null)
})

t.test('the signing key survives a restart, is private to its owner, and can be rotated', async t => {
  const dataDir = join(t.testdir({}), 'stand-in')
  const first = await startStandIn({ port: 0, dataDir })
  const token = await first.mintToken()
  const port = Number(new URL(first.issuer).port)
  await first.close()
  const file = join(dataDir, 'signing-keys.json')
  t.equal((await stat(file)).mode & 0o777, 0o600)

  const second = await startStandIn({ port, dataDir })
  t.teardown(() => second.close())
  t.ok(await verify(second, token), 'the token of the first run is still good')
  await second.rotateKeys()
  const renewed = await second.mintToken()
  t.not(decodeProtectedHeader(renewed).kid, decodeProtectedHeader(token).kid)
  t.ok(await verify(second, renewed))
  t.ok(await verify(second, token), 'the key before it stays published')
  await second.rotateKeys({ revoke: true })
  await t.rejects(verify(second, token), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  t.equal((await stat(file)).mode & 0o777, 0o600)

  await writeFile(file, '{}')
  await t.rejects(startStandIn({ port: 0, dataDir }), { message: /signing-keys\.json cannot be read. Delete the file/ })
})

t.test('what is remembered is bounded: the oldest waiting request makes room', async t => {
  const { client } = await run(t)
  const first = transactionOf(await (await client.get(client.authorizeUrl())).text())
  for (let index = 0; index < 999; index++) await (await client.get(client.authorizeUrl())).text()
  const second = transactionOf(await (await client.get(client.authorizeUrl())).text())
  t.equal((await client.postForm('sign-in/email', { transaction: first, email: 'a@example.test' })).status, 400)
  t.equal((await client.postForm('sign-in/email', { transaction: second, email: 'a@example.test' })).status, 303)
})

t.test('the address itself says what it is, and who is signed in', async t => {
  const { standIn, client } = await run(t)
  const page = await client.get(standIn.issuer)
  t.equal(page.status, 200)
  const text = await page.text()
  t.match(text, 'For development only')
  t.match(text, standIn.audience)
  t.match(text, 'no one')
  const { cookie } = await client.signIn('a@example.test')
  t.match(await (await client.get(standIn.issuer, { cookie })).text(), 'a@example.test')
})

t.test('a password is asked for as a tenant would, but has no name, so browsers do not send it', async t => {
  const { client } = await run(t)
  for (const overrides of [{}, { screen_hint: 'signup' }]) {
    const text = await (await client.get(client.authorizeUrl(overrides))).text()
    const [field = ''] = /<input[^>]*type="password"[^>]*>/.exec(text) ?? []
    t.ok(field)
    t.notMatch(field, 'name=')
  }
})

/** An application's receiver of logout tokens; answers the bodies that it got, as they come. */
async function startReceiver(t: Test, status: number): Promise<{ url: string; next: () => Promise<URLSearchParams> }> {
  const waiting: ((body: URLSearchParams) => void)[] = []
  const server = createServer(async (incoming, response) => {
    let text = ''
    for await (const chunk of incoming.setEncoding('utf8')) text += chunk
    response.writeHead(status).end()
    waiting.shift()?.(new URLSearchParams(text))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`
  return { url, next: () => new Promise(resolve => waiting.push(resolve)) }
}

t.test('a sign-out is told to the application that got tokens, and to no one else', async t => {
  const { standIn, client } = await run(t)
  const receiver = await startReceiver(t, 200)
  t.throws(() => standIn.tellLogoutsTo('https://app.example/logout'), { name: 'RangeError' })
  standIn.tellLogoutsTo(receiver.url)

  const unused = await client.signIn('b@example.test')
  await client.get(`${standIn.issuer}v2/logout`, { cookie: unused.cookie })

  const told = receiver.next()
  const { code, cookie } = await client.signIn('a@example.test')
  const { access_token: accessToken } = await json<TokenAnswer>(await client.redeem(code))
  t.equal((await client.get(`${standIn.issuer}v2/logout`, { cookie })).status, 200)
  const token = (await told).get('logout_token') ?? ''
  const { sub, sid, 'https://reference-app.example/sid': custom } = decodeJwt(accessToken)
  t.equal(sid, custom, 'as an Action of a tenant would copy it')
  t.match(decodeProtectedHeader(token), { alg: 'RS256', typ: 'logout+jwt' })
  const keys = createLocalJWKSet(await json(await fetch(`${standIn.issuer}.well-known/jwks.json`)))
  const { payload } = await jwtVerify(token, keys, { issuer: standIn.issuer, audience: 'reference-app-web' })
  t.match(payload, { sub, sid, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }, 'not the other')
  t.type(payload.jti, 'string')
  t.notOk('nonce' in payload, 'forbidden in logout tokens')
})

t.test('an application that does not take the news keeps no one signed in', async t => {
  const { standIn, client } = await run(t)
  const receiver = await startReceiver(t, 500)
  standIn.tellLogoutsTo(receiver.url)
  const told = receiver.next()
  const { code, cookie } = await client.signIn('a@example.test')
  await client.redeem(code)
  t.equal((await client.get(`${standIn.issuer}v2/logout`, { cookie })).status, 200)
  await told
  const silently = { prompt: 'none', response_mode: 'web_message' }
  t.match(await (await client.get(client.authorizeUrl(silently), { cookie })).text(), '"error":"login_required"')
})
