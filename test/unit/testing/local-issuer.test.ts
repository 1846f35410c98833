import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose'
import t, { type Test } from 'tap'
import {
  type LocalIssuer,
  type LocalIssuerOptions,
  type Outage,
  outages,
  startLocalIssuer,
  testToken,
} from '#plugin/testing/index.js'

async function start(t: Test, options: LocalIssuerOptions = {}): Promise<LocalIssuer> {
  const issuer = await startLocalIssuer({ reuseKeys: true, ...options })
  t.teardown(() => issuer.close())
  return issuer
}

const keySetUrl = ({ domain }: LocalIssuer): string => `${domain}/.well-known/jwks.json`

/** What a strict, independent verifier says, with the key set fetched anew. */
async function verify(issuer: LocalIssuer, token: string, now = Date.now()): Promise<Record<string, unknown>> {
  const keySet = createRemoteJWKSet(new URL(keySetUrl(issuer)))
  const { payload } = await jwtVerify(token, keySet, {
    issuer: issuer.issuer,
    audience: [issuer.audience].flat(),
    algorithms: ['RS256'],
    currentDate: new Date(now),
  })
  return payload
}

t.test('a token verifies against the published key set and holds what Auth0 would put in', async t => {
  const issuer = await start(t)
  t.match(issuer.issuer, /^http:\/\/127\.0\.0\.1:\d+\/$/)
  t.equal(issuer.domain, issuer.issuer.slice(0, -1))
  const claims = await verify(
    issuer,
    await issuer.token({ sub: 'auth0|ada', 'https://acme.example/title': 'Engineer' }),
  )
  t.match(claims, { sub: 'auth0|ada', email: 'auth0-ada@example.test', 'https://acme.example/title': 'Engineer' })
  t.equal(Number(claims['exp']) - Number(claims['iat']), 3600)
  t.equal(issuer.fetches, 1)
  t.same(decodeProtectedHeader(await issuer.token()), { alg: 'RS256', typ: 'JWT', kid: issuer.key.kid })
})

t.test('the clock and the audience can be given', async t => {
  const now = Date.parse('2031-05-06T07:08:09Z')
  const issuer = await start(t, { now: () => now, audience: 'https://other.example' })
  const claims = await verify(issuer, await issuer.token(), now)
  t.match(claims, { iat: now / 1000, aud: 'https://other.example' })
  await t.rejects(verify(issuer, await issuer.token(), now + 3_601_000), { code: 'ERR_JWT_EXPIRED' })
})

t.test('claims and header parameters can be replaced and removed', async t => {
  const issuer = await start(t)
  const token = await issuer.token(
    { aud: undefined, sub: 7, email: undefined },
    { header: { typ: undefined, jku: 'x' } },
  )
  t.notOk('aud' in decodeJwt(token))
  t.notOk('email' in decodeJwt(token))
  t.match(decodeJwt(token), { sub: 7 })
  t.same(decodeProtectedHeader(token), { alg: 'RS256', kid: issuer.key.kid, jku: 'x' })
})

t.test('a machine token has no person in it', async t => {
  const issuer = await start(t)
  const claims = await verify(issuer, await issuer.machineToken({ scope: 'read:x' }))
  t.match(claims, { sub: 'local-client@clients', gty: 'client-credentials', scope: 'read:x' })
  t.notOk('email' in claims)
})

t.test('each wrong signature is refused by an independent verifier', async t => {
  const issuer = await start(t)
  const old = issuer.key
  await issuer.rotate({ keepOld: false })
  const wrong = {
    'other key': await issuer.token({}, { signWith: 'other-key' }),
    'retired key': await issuer.token({}, { signWith: { kid: old.kid } }),
    'public key as secret': await issuer.token({}, { signWith: 'public-key-as-secret' }),
    secret: await issuer.token({}, { signWith: { secret: 'x'.repeat(32) } }),
    nothing: await issuer.token({}, { signWith: 'nothing', header: { alg: 'none' } }),
    'custom bytes': await issuer.token({}, { signWith: () => Buffer.alloc(256, 1) }),
  }
  for (const [name, token] of Object.entries(wrong)) await t.rejects(verify(issuer, token), name)
  t.equal(decodeProtectedHeader(wrong['public key as secret']).alg, 'HS256')
  t.ok(wrong.nothing.endsWith('.'))
  t.equal(decodeProtectedHeader(wrong['retired key']).kid, old.kid)
  await t.resolves(jwtVerify(wrong['retired key'], old.publicKey))
})

t.test('headers, payloads and segments can be any text or bytes', async t => {
  const issuer = await start(t)
  const token = await issuer.token({}, { rawHeader: '{"alg":', rawPayload: new Uint8Array([0xff, 0xfe]) })
  const [header = '', payload = ''] = token.split('.')
  t.equal(Buffer.from(header, 'base64url').toString(), '{"alg":')
  t.same([...Buffer.from(payload, 'base64url')], [0xff, 0xfe])
  t.match(await issuer.token({}, { segments: (h, p, s) => [h, p, `${s}=`, 'x'] }), /=\.x$/)
})

t.test('keys rotate, retire and are published again', async t => {
  const issuer = await start(t)
  const first = issuer.key
  const second = await issuer.rotate({ publish: false })
  await t.rejects(verify(issuer, await issuer.token()), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  issuer.publish(second.kid)
  await verify(issuer, await issuer.token())
  await verify(issuer, await issuer.token({}, { signWith: { kid: first.kid } }))
  issuer.retire(first.kid)
  await t.rejects(verify(issuer, await issuer.token({}, { signWith: { kid: first.kid } })))
  t.equal(issuer.keySet().keys.length, 1)
  t.throws(() => issuer.retire('never'), /never had a key/)
  t.not(first.jwk.n, second.jwk.n)
})

t.test('issuers share no key unless told so', async t => {
  const [a, b] = [await start(t, { reuseKeys: false }), await start(t, { reuseKeys: false })]
  const [c, d] = [await start(t), await start(t)]
  t.not(a.key.jwk.n, b.key.jwk.n)
  t.equal(c.key.jwk.n, d.key.jwk.n)
  t.not(c.key.kid, d.key.kid)
})

t.test('anything can be served as the key set', async t => {
  const issuer = await start(t)
  issuer.serve({ keys: [...issuer.keySet().keys, { kty: 'oct', k: 'AAAA' }] })
  t.equal(((await fetchJson(keySetUrl(issuer))) as { keys: unknown[] }).keys.length, 2)
  issuer.serve('not json')
  t.equal(await (await fetch(keySetUrl(issuer))).text(), 'not json')
  issuer.serve(null)
  t.same(await fetchJson(keySetUrl(issuer)), issuer.keySet())
})

t.test('discovery names the key set, and other paths do not exist', async t => {
  const issuer = await start(t)
  const discovery = await fetchJson(`${issuer.domain}/.well-known/openid-configuration`)
  t.match(discovery, { issuer: issuer.issuer, jwks_uri: keySetUrl(issuer) })
  t.equal(issuer.discoveries, 1)
  t.equal((await fetch(`${issuer.domain}/nothing`)).status, 404)
  t.equal(issuer.fetches, 0)
})

t.test('each outage fails in its own way, and the server works afterwards', async t => {
  const issuer = await start(t)
  for (const kind of outages) {
    await issuer.outage(kind)
    const seen = await describeFetch(keySetUrl(issuer), kind.startsWith('huge') ? 60_000 : 300)
    t.match(seen, expected[kind], kind)
    await issuer.outage('none')
    t.same(await fetchJson(keySetUrl(issuer)), issuer.keySet(), `working after ${kind}`)
  }
  t.equal(issuer.redirectsFollowed, 0)
  await issuer.outage('redirect')
  t.same(await fetchJson(keySetUrl(issuer)), issuer.keySet())
  t.equal(issuer.redirectsFollowed, 1)
})

t.test('answers can be held back and delayed', async t => {
  const issuer = await start(t)
  const release = issuer.hold()
  const answers = Promise.all([fetchJson(keySetUrl(issuer)), fetchJson(keySetUrl(issuer))])
  while (issuer.fetches < 2) await new Promise(setImmediate)
  let answered = false
  void answers.then(() => {
    answered = true
  })
  await new Promise(resolve => setTimeout(resolve, 20))
  t.notOk(answered)
  release()
  t.equal((await answers).length, 2)
  issuer.delay(30)
  const before = performance.now()
  await fetchJson(keySetUrl(issuer))
  t.ok(performance.now() - before >= 29)
})

t.test('closing ends connections under way and can be repeated', async t => {
  const issuer = await start(t)
  await issuer.outage('hang')
  const hanging = fetch(keySetUrl(issuer)).catch(() => 'ended')
  while (issuer.fetches < 1) await new Promise(setImmediate)
  await issuer.close()
  t.equal(await hanging, 'ended')
  await issuer.close()
})

t.test('a test token is signed with the shared secret', async t => {
  const secret = 'a shared secret of thirty-two bytes'
  const token = testToken(secret, { iss: 'https://x.example/', aud: 'api', sub: 'auth0|ada' }, { now: () => 1e12 })
  const { payload } = await jwtVerify(token, Buffer.from(secret), {
    currentDate: new Date(1e12),
    issuer: 'https://x.example/',
  })
  t.match(payload, { sub: 'auth0|ada', iat: 1e9, exp: 1e9 + 3600, aud: 'api' })
  t.equal(decodeProtectedHeader(testToken(secret, { iss: '', aud: '' }, { header: { kid: 'k' } })).kid, 'k')
  const keySet = createLocalJWKSet({ keys: [] } satisfies JSONWebKeySet)
  await t.rejects(jwtVerify(token, keySet))
})

async function fetchJson(url: string): Promise<unknown> {
  return (await fetch(url)).json()
}

interface Seen {
  readonly status?: number
  readonly length?: number
  readonly text?: string
  readonly failed?: string
}

/** What a client that waits so many milliseconds and follows no redirect gets to see. */
async function describeFetch(url: string, patience: number): Promise<Seen> {
  let status: number | undefined
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(patience) })
    status = response.status
    const text = await response.text()
    return { status, length: text.length, text: text.slice(0, 200) }
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } }
    return {
      ...(status !== undefined && { status }),
      failed: name === 'TimeoutError' ? 'timeout' : (cause?.code ?? name),
    }
  }
}

const expected: Record<Outage, object> = {
  none: { status: 200 },
  refuse: { failed: 'ECONNREFUSED' },
  reset: { failed: 'UND_ERR_SOCKET' },
  hang: { failed: 'timeout' },
  'stalled-body': { status: 200, failed: 'timeout' },
  'slow-body': { status: 200, failed: 'timeout' },
  'status-404': { status: 404 },
  'status-429': { status: 429 },
  'status-500': { status: 500 },
  redirect: { status: 302, length: 0 },
  html: { status: 200, text: /^<!doctype html>/ },
  truncated: { status: 200, text: /^\{"keys":\[[^\]]*$/ },
  empty: { status: 200, length: 0 },
  'not-an-object': { status: 200, text: '["keys"]' },
  'empty-set': { status: 200, text: '{"keys":[]}' },
  'too-many-keys': { status: 200, text: /^\{"keys":\[/ },
  huge: { status: 200, length: 100 * 1024 * 1024 },
  'huge-declared': { status: 200, length: 100 * 1024 * 1024 },
}
