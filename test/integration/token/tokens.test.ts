import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import type { Auth0UsersError } from '#plugin/errors.js'
import { audience, claimsFor, makeClock, makeKey, makeTokens, outcome, sign, startKeyServer } from './support.ts'

const key = await makeKey('key')
const stranger = await makeKey('key')

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

t.test('a token is verified once, then answered from memory with the same object, until it expires', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens<string>(t, server.issuer, clock)
  const raw = await sign(key, { ...claimsFor(server.issuer, clock), exp: clock.now() / 1000 + 60, name: 'x' })
  const first = tokens.verify(raw)
  t.ok(first instanceof Promise, 'cold')
  const token = await first
  t.match(token, { jkt: null, slot: undefined, claims: { sub: 'auth0|someone', name: 'x', aud: audience } })
  token.slot = 'kept'
  clock.advance(64.999)
  t.equal(tokens.verify(raw), token)
  t.equal(token.slot, 'kept')
  clock.advance(0.001)
  t.throws(() => tokens.verify(raw), { code: 'A0U_TOKEN_EXPIRED' }, 'exp plus the tolerance, and not later')
})

t.test('of many requests with one new token the first does the work, however busy the turn is', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens<string>(t, server.issuer, clock)
  const signed = async (jti: string) => await sign(key, { ...claimsFor(server.issuer, clock), jti })
  const others = await Promise.all(Array.from({ length: 20 }, (_, n) => signed(`other ${n}`)))
  const cold = await signed('cold')
  const answers = await Promise.all([...others, cold, cold, cold].map(raw => tokens.verify(raw)))
  t.equal(new Set(answers.slice(20)).size, 1, 'while all wait for the key')

  const late = await signed('late')
  const more = await Promise.all(Array.from({ length: 20 }, (_, n) => signed(`more ${n}`)))
  const busy = [...more, late, late, late].map(raw => tokens.verify(raw))
  t.ok(busy.at(-1) instanceof Promise, 'the turn is full')
  t.equal(new Set((await Promise.all(busy)).slice(20)).size, 1, 'while they wait for their turn')
})

t.test('a token whose key leaves the set while it waits for its turn is refused', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const next = await makeKey('next')
  const tokens = makeTokens(t, server.issuer, clock)
  const signed = async (by: typeof key, jti: string) => await sign(by, { ...claimsFor(server.issuer, clock), jti })
  const [first, late, fresh] = [await signed(key, 'first'), await signed(key, 'late'), await signed(next, 'fresh')]
  await tokens.verify(first)
  const [header] = first.split('.')
  const forged = (n: number) => `${header}.${encode({ ...claimsFor(server.issuer, clock), jti: n })}.${'A'.repeat(342)}`
  const flood = Array.from({ length: 4000 }, (_, n) => outcome(() => tokens.verify(forged(n))))
  const waiting = [outcome(() => tokens.verify(late)), codeOf(tokens.verifySignature(late, ['jwt']))]
  server.keys = [next.jwk]
  // Its key is unknown, so the set is fetched, long before the flood has had its turns.
  t.equal(await outcome(() => tokens.verify(fresh)), 'accepted')
  t.strictSame(await Promise.all(waiting), ['A0U_TOKEN_KEY_UNKNOWN', 'A0U_TOKEN_KEY_UNKNOWN'])
  t.strictSame([...new Set(await Promise.all(flood))].sort(), ['A0U_TOKEN_KEY_UNKNOWN', 'A0U_TOKEN_SIGNATURE'])
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'accepted',
    (error: Auth0UsersError) => error.code,
  )
}

t.test('forged tokens do not push verified ones out of the cache', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock, { cacheSize: 2 })
  const raw = await sign(key, claimsFor(server.issuer, clock))
  const token = await tokens.verify(raw)
  for (let index = 0; index < 20; index++) {
    const forged = await sign(stranger, { ...claimsFor(server.issuer, clock), jti: String(index) })
    t.equal(await outcome(() => tokens.verify(forged)), 'A0U_TOKEN_SIGNATURE')
  }
  t.equal(tokens.verify(raw), token)
})

t.test('a signature counts for exactly the bytes that were signed', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const raw = await sign(key, claimsFor(server.issuer, clock))
  t.equal(await outcome(() => tokens.verify(raw)), 'accepted')
  const [header = '', payload = '', signature = ''] = raw.split('.')
  const admin = encode({ ...claimsFor(server.issuer, clock), sub: 'auth0|admin' })
  const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`
  t.equal(
    await outcome(() => tokens.verify(`${header}.${admin}.${signature}`)),
    'A0U_TOKEN_SIGNATURE',
    'same ending as a cached token',
  )
  t.equal(await outcome(() => tokens.verify(`${header}.${payload}.${flipped}`)), 'A0U_TOKEN_SIGNATURE')
  t.equal(
    await outcome(() => tokens.verify(`${header}.${payload}.${signature.slice(0, -1)}`)),
    'A0U_TOKEN_MALFORMED',
    'cut short',
  )
  t.equal(await outcome(() => tokens.verify(`${header}.${payload}.${signature.slice(0, 340)}`)), 'A0U_TOKEN_SIGNATURE')
  t.equal(await outcome(() => tokens.verify(`${header}.${payload}.AA`)), 'A0U_TOKEN_SIGNATURE')
  t.equal(await outcome(() => tokens.verify(`${raw}=`)), 'A0U_TOKEN_MALFORMED')
  t.equal(await outcome(() => tokens.verify(`${raw}\n`)), 'A0U_TOKEN_MALFORMED')
})

t.test('algorithm confusion is refused before any key is looked at', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const pem = createPublicKey({ key: key.jwk as JsonWebKey, format: 'jwk' }).export({
    format: 'pem',
    type: 'spki',
  })
  for (const secret of [pem, JSON.stringify(key.jwk), '']) {
    const input = `${encode({ alg: 'HS256', kid: 'key' })}.${encode(claimsFor(server.issuer, clock))}`
    const forged = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
    t.equal(await outcome(() => tokens.verify(forged)), 'A0U_TOKEN_ALGORITHM')
  }
  const none = `${encode({ alg: 'none', kid: 'key' })}.${encode(claimsFor(server.issuer, clock))}`
  t.equal(await outcome(() => tokens.verify(`${none}.AA`)), 'A0U_TOKEN_ALGORITHM')
  t.equal(await outcome(() => tokens.verify(`${none}.`)), 'A0U_TOKEN_MALFORMED')
  t.equal(server.fetches, 0)
})

t.test('a key inside or beside the token is never used', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const remote = await startKeyServer(t, [stranger])
  const tokens = makeTokens(t, server.issuer, clock)
  const claims = claimsFor(server.issuer, clock)
  const headers = [
    { jwk: stranger.jwk },
    { jku: `${remote.issuer}.well-known/jwks.json` },
    { x5u: remote.issuer },
    { x5c: ['MII'] },
  ]
  for (const header of headers) {
    t.equal(await outcome(async () => tokens.verify(await sign(stranger, claims, header))), 'A0U_TOKEN_SIGNATURE')
  }
  t.equal(
    await outcome(async () => tokens.verify(await sign(stranger, { ...claims, iss: remote.issuer }))),
    'A0U_TOKEN_ISSUER',
  )
  t.equal(remote.fetches, 0)
})

t.test('claims count after the signature only, and refusals hold no token text', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const claims = { ...claimsFor(server.issuer, clock), email: 'person@example.com' }
  const cases: [object, string][] = [
    [{ exp: clock.now() / 1000 - 6 }, 'A0U_TOKEN_EXPIRED'],
    [{ aud: 'https://other.example.com' }, 'A0U_TOKEN_AUDIENCE'],
    [{ nbf: clock.now() / 1000 + 60 }, 'A0U_TOKEN_NOT_YET_VALID'],
    [{ sub: 'a\u0000' }, 'A0U_TOKEN_SUBJECT'],
    [{ cnf: 'x' }, 'A0U_TOKEN_CLAIMS'],
  ]
  for (const [changes, code] of cases) {
    t.equal(
      await outcome(async () => tokens.verify(await sign(stranger, { ...claims, ...changes }))),
      'A0U_TOKEN_SIGNATURE',
    )
    const raw = await sign(key, { ...claims, ...changes })
    t.equal(await outcome(() => tokens.verify(raw)), code)
    try {
      await tokens.verify(raw)
      t.fail('refused')
    } catch (error) {
      const { message, cause } = error as Auth0UsersError
      t.notMatch(`${message} ${String(cause)}`, /person@|eyJ|other\.example/)
    }
  }
  t.equal(await outcome(() => tokens.verify('x'.repeat(20_000))), 'A0U_TOKEN_TOO_LARGE')
  t.equal(await outcome(() => tokens.verify('opaque')), 'A0U_TOKEN_MALFORMED')
  t.equal(await outcome(() => tokens.verify('a.b.c.d.e')), 'A0U_TOKEN_ENCRYPTED')
})

t.test('a cold token with an unknown key costs one fetch and is refused', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const raw = await sign(key, claimsFor(server.issuer, clock), { kid: 'other' })
  t.equal(await outcome(() => tokens.verify(raw)), 'A0U_TOKEN_KEY_UNKNOWN')
  t.equal(server.fetches, 1)
})

t.test('weak and foreign keys of a set are not used', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const weak = { ...(await makeKey('weak', 2048)).jwk, use: 'enc' }
  server.keys = [
    key.jwk,
    weak,
    { ...publicKey.export({ format: 'jwk' }), kid: 'ec' },
    { kty: 'oct', k: 'AA', kid: 'oct' },
    null,
  ]
  const tokens = makeTokens(t, server.issuer, clock)
  t.equal(await outcome(async () => tokens.verify(await sign(key, claimsFor(server.issuer, clock)))), 'accepted')
  for (const kid of ['weak', 'ec', 'oct']) {
    t.equal(
      await outcome(async () => tokens.verify(await sign(key, claimsFor(server.issuer, clock), { kid }))),
      'A0U_TOKEN_KEY_UNKNOWN',
    )
  }
  t.match(tokens.health(), [{ keys: 1 }])
})

t.test('test mode: HS256 with the secret, the same rules, no network', async t => {
  const clock = makeClock()
  const issuer = 'http://127.0.0.1:9/'
  const secret = 'a secret for tests only, 32 bytes'
  const tokens = makeTokens(t, issuer, clock, { test: { secret } })
  const mint = (claims: object, header: object = { alg: 'HS256', typ: 'JWT' }, by = secret): string => {
    const input = `${encode(header)}.${encode(claims)}`
    return `${input}.${createHmac('sha256', by).update(input).digest('base64url')}`
  }
  const good = mint(claimsFor(issuer, clock))
  const [token, same] = await Promise.all([tokens.verify(good), tokens.verify(good)])
  t.equal(token, same)
  t.equal(tokens.verify(good), token)
  const another = tokens.verify(mint({ ...claimsFor(issuer, clock), jti: 'another' }))
  t.notOk(another instanceof Promise, 'once the verifier is made a new token is answered at once')
  t.equal(
    await outcome(() => tokens.verify(mint(claimsFor(issuer, clock), { alg: 'HS256' }, 'other'))),
    'A0U_TOKEN_SIGNATURE',
  )
  t.equal(await outcome(async () => tokens.verify(await sign(key, claimsFor(issuer, clock)))), 'A0U_TOKEN_ALGORITHM')
  t.equal(await outcome(() => tokens.verify(mint({ ...claimsFor(issuer, clock), aud: 'x' }))), 'A0U_TOKEN_AUDIENCE')
  t.equal(await outcome(() => tokens.verify(mint({ ...claimsFor(issuer, clock), iss: 'x' }))), 'A0U_TOKEN_ISSUER')
  t.strictSame(tokens.health(), [
    { issuer, keys: 1, source: 'secret', age: null, usable: true, nextRefresh: null, lastFailure: null },
  ])
  tokens.close()
})

t.test('another kind of token needs a right form, type, issuer and signature, and no more', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const claims = { iss: server.issuer, events: {} }
  const check = async (raw: string) => await tokens.verifySignature(raw, ['logout+jwt'])
  t.strictSame(await check(await sign(key, claims, { typ: 'logout+jwt' })), claims)
  t.strictSame(await check(await sign(key, claims, { typ: 'application/Logout+JWT' })), claims)
  t.equal(tokens.size, 0, 'it is no access token')
  const refused: [string, string][] = [
    ['opaque', 'A0U_TOKEN_MALFORMED'],
    [await sign(key, claims, { typ: 'JWT' }), 'A0U_TOKEN_TYPE'],
    [await sign(key, {}, { typ: 'logout+jwt' }), 'A0U_TOKEN_CLAIMS'],
    [await sign(key, { iss: 'https://evil.example.com/' }, { typ: 'logout+jwt' }), 'A0U_TOKEN_ISSUER'],
    [await sign(key, claims, { typ: 'logout+jwt', kid: 'made-up' }), 'A0U_TOKEN_KEY_UNKNOWN'],
    [await sign(stranger, claims, { typ: 'logout+jwt' }), 'A0U_TOKEN_SIGNATURE'],
  ]
  for (const [raw, code] of refused) await t.rejects(check(raw), { code })
})

t.test('payload bytes that are no UTF-8 are refused although they are signed', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const tokens = makeTokens(t, server.issuer, clock)
  const text = JSON.stringify({ ...claimsFor(server.issuer, clock), name: 'é' })
  const header = encode({ alg: 'RS256', kid: 'key' })
  const signed = async (payload: Buffer): Promise<string> => {
    const input = `${header}.${payload.toString('base64url')}`
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.privateKey, Buffer.from(input))
    return `${input}.${Buffer.from(signature).toString('base64url')}`
  }
  t.equal(await outcome(async () => tokens.verify(await signed(Buffer.from(text, 'utf8')))), 'accepted')
  t.equal(await outcome(async () => tokens.verify(await signed(Buffer.from(text, 'latin1')))), 'A0U_TOKEN_MALFORMED')
  t.equal(await outcome(async () => tokens.verify(await signed(Buffer.from('[]')))), 'A0U_TOKEN_MALFORMED')
})

t.test('the host may register @fastify/jwt itself: ours lives in instances of its own', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [key])
  const made: unknown[] = []
  const newScope = () => {
    const scope = Fastify()
    made.push(scope)
    return scope
  }
  const tokens = makeTokens(t, server.issuer, clock, { newScope })
  for (const jti of ['a', 'b', 'c']) await tokens.verify(await sign(key, { ...claimsFor(server.issuer, clock), jti }))
  t.equal(made.length, 1, 'one instance a key')
})
