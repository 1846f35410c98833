import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import Fastify from 'fastify'
import t from 'tap'
import type { Auth0UsersError } from '#plugin/errors.js'
import { sameTarget } from '#plugin/token/dpop/target.js'
import { createSignatureVerifier } from '#plugin/token/jwt.js'
import { usableKeys } from '#plugin/token/keys/jwk.js'
import { createKeyStore, type VerificationKey } from '#plugin/token/keys/key-store.js'
import { createTokenCache } from '#plugin/token/token-cache.js'

type Jwk = Record<string, unknown>

function rsa(modulusLength: number, publicExponent = 65_537): Jwk {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent })
  return { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }
}

const good = rsa(2048)

function isUsed(changes: object): boolean {
  return usableKeys([JSON.parse(JSON.stringify({ ...good, ...changes }))]).keys.has('k')
}

t.test('only RSA keys that sign with RS256 and are strong enough are used', async t => {
  t.ok(isUsed({}))
  t.ok(isUsed({ use: undefined, alg: undefined, x5c: ['junk'], x5t: 1 }))
  t.ok(isUsed({ key_ops: ['verify'] }))
  t.ok(isUsed(rsa(4096)))
  t.notOk(isUsed(rsa(2047)), '2047 bits')
  t.notOk(isUsed(rsa(1024)))
  t.notOk(isUsed(rsa(2048, 3)), 'exponent 3')
  const n = Buffer.from(String(good['n']), 'base64url')
  const padded = (modulus: unknown): string =>
    Buffer.concat([Buffer.alloc(1), Buffer.from(String(modulus), 'base64url')]).toString('base64url')
  t.ok(isUsed({ n: padded(good['n']) }), 'one leading zero byte')
  t.notOk(isUsed({ n: padded(rsa(2047)['n']) }), '2047 bits and a leading zero byte')
  const longest = Buffer.alloc(1024, 0xff).toString('base64url')
  t.ok(isUsed({ n: longest }), '8192 bits')
  t.ok(isUsed({ n: padded(longest) }), '8192 bits and a leading zero byte')
  t.ok(isUsed({ e: Buffer.alloc(8, 0xff).toString('base64url') }), 'an exponent of 64 bits')
  const faults: Jwk[] = [
    { kty: 'oct', k: 'c2VjcmV0' },
    { kty: 'EC', crv: 'P-256' },
    { kty: undefined },
    { use: 'enc' },
    { use: null },
    { alg: 'RS512' },
    { alg: 'HS256' },
    { alg: null },
    { key_ops: [] },
    { key_ops: ['sign'] },
    { key_ops: 'verify' },
    { key_ops: null },
    { d: 'AQAB' },
    { kid: undefined },
    { kid: '' },
    { kid: 1 },
    { kid: '\ud800' },
    { kid: 'x'.repeat(256) },
    { n: undefined },
    { n: 1 },
    { n: '' },
    { n: `${good['n']}=` },
    { n: 'not base64url!' },
    { n: Buffer.alloc(256).toString('base64url') },
    { n: Buffer.concat([n.subarray(0, -1), Buffer.from([2])]).toString('base64url') },
    { n: Buffer.alloc(1025, 0xff).toString('base64url') },
    { n: Buffer.concat([Buffer.from([1]), Buffer.alloc(1023), Buffer.from([1, 1])]).toString('base64url') },
    { n: 'A'.repeat(100_000) },
    { e: undefined },
    { e: '' },
    { e: 'AQ' },
    { e: 'AQAA' },
    { e: 'AQAC' },
    { e: 'Aw' },
    { e: 65_537 },
    { e: Buffer.alloc(9, 0xff).toString('base64url') },
  ]
  for (const fault of faults) t.notOk(isUsed(fault), JSON.stringify(fault).slice(0, 60))
  for (const entry of [null, 'x', 1, [], {}]) t.equal(usableKeys([entry]).refused, 1)
})

t.test('a modulus with the mark of the faulty chip (ROCA) is refused, its neighbours are not', async t => {
  const primes = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n]
  const product = primes.reduce((product, prime) => product * prime, 1n)
  /** Of 2048 bits and odd, with the given remainder of the product of the primes. */
  const modulus = (remainder: bigint): string => {
    const start = 2n ** 2047n + 2n ** 2000n
    const n = start - (start % product) + remainder
    return Buffer.from((n % 2n === 1n ? n : n + product).toString(16), 'hex').toString('base64url')
  }
  for (const power of [0n, 1n, 2n, 77n]) {
    const marked = 65_537n ** power % product
    t.notOk(isUsed({ n: modulus(marked) }), `65537 to the power of ${power}`)
    t.ok(isUsed({ n: modulus(marked + product / 11n) }), 'the same but for its remainder of 11')
  }
})

t.test('copies of a key count once, different keys of one id not at all, unusable ones are no rivals', async t => {
  const other = { ...rsa(2048), kid: 'k' }
  const { alg: _, ...bare } = good
  t.equal(usableKeys([good, bare]).keys.size, 1)
  t.match(usableKeys([good, other, good, { ...other, kid: 'l' }]), {
    conflicts: ['k'],
    keys: new Map([['l', { kid: 'l' }]]),
  })
  t.match(usableKeys([good, { ...other, use: 'enc' }]), {
    conflicts: [],
    refused: 1,
    keys: new Map([['k', { n: good['n'] }]]),
  })
})

function verificationKey(): VerificationKey {
  return { verify: () => ({}), trustedUntil: 1000, refreshAt: 1000, refresh: () => undefined }
}

function entry(raw: string, validUntil = 100, key = verificationKey()) {
  const claims = { iss: 'i', sub: raw, aud: 'a', exp: 1, iat: 1 }
  return { raw, validUntil, key, token: { claims, jkt: null, slot: undefined } }
}

t.test('the token cache never holds more than its bound, and keeps what is used', async t => {
  for (const size of [2, 10, 101]) {
    const cache = createTokenCache(size)
    const favourite = entry('favourite')
    cache.store(favourite)
    const raws = Array.from({ length: 5 * size }, (_, index) => `token-${index}`)
    for (const raw of raws) {
      cache.store(entry(raw))
      t.equal(cache.find('favourite', 1), favourite)
    }
    const kept = raws.filter(raw => cache.find(raw, 1) !== undefined)
    if (kept.length + 1 > size) t.fail(`${kept.length + 1} of ${size}`)
    if (size > 2) t.ok(kept.includes(raws.at(-1) ?? ''))
  }
  const none = createTokenCache(0)
  none.store(entry('x'))
  t.equal(none.find('x', 1), undefined)
})

t.test('a cached token ends exactly with its time, its key, and clear()', async t => {
  const cache = createTokenCache(10)
  const one = entry('one', 100)
  cache.store(one)
  t.equal(cache.find('one', 99.999), one)
  t.equal(cache.find('one', 100), undefined)
  one.key.trustedUntil = 50
  t.equal(cache.find('one', 49), one)
  t.equal(cache.find('one', 50), undefined)
  one.key.trustedUntil = 1000
  cache.clear()
  t.equal(cache.find('one', 1), undefined)
})

t.test('two tokens with one ending are told apart', async t => {
  const cache = createTokenCache(10)
  const tail = 'x'.repeat(43)
  const one = entry(`one.${tail}`)
  const two = entry(`two.${tail}`)
  cache.store(one)
  t.equal(cache.find(two.raw, 1), undefined)
  t.equal(cache.find(tail, 1), undefined)
  cache.store(two)
  t.equal(cache.find(two.raw, 1), two)
  t.equal(cache.find(one.raw, 1), undefined)
})

t.test('a proof names the request target after normalisation, without query and fragment', async t => {
  const url = 'https://api.example.com/a/b'
  const same = [
    url,
    'HTTPS://API.example.COM:443/a/b',
    `${url}?q=1`,
    `${url}#f`,
    'https://api.example.com/x/../a/%62',
    'https://api.example.com/a/./b',
  ]
  for (const htu of same) t.ok(sameTarget(htu, `${url}?other=2`), htu)
  t.ok(sameTarget('https://api.example.com', 'https://api.example.com/'))
  t.ok(sameTarget('https://api.example.com/%c3%a9', 'https://api.example.com/é'))
  t.ok(sameTarget('https://api.example.com/%2f', 'https://api.example.com/%2F'))
  const others = [
    `${url}/`,
    'http://api.example.com/a/b',
    'https://api.example.com:8443/a/b',
    'https://api.example.com/a/B',
    'https://evil.example.com/a/b',
    'https://user@api.example.com/a/b',
    'https://:pass@api.example.com/a/b',
    '/a/b',
    'ftp://api.example.com/a/b',
    '',
    1,
    null,
    undefined,
  ]
  for (const htu of others) t.notOk(sameTarget(htu, url), String(htu))
  t.notOk(sameTarget('https://api.example.com/a%2Fb', url), 'an escaped slash is no slash')
  t.notOk(sameTarget('ftp://x/', 'ftp://x/'))
})

t.test('two keys under one id are both left out, whichever part differs; the same key twice is one', async t => {
  const other = rsa(2048)
  for (const changed of [{ n: other['n'] }, { e: Buffer.from([1, 0, 3]).toString('base64url') }]) {
    const { keys, conflicts } = usableKeys([good, { ...good, ...changed }])
    t.equal(keys.size, 0)
    t.strictSame(conflicts, ['k'])
  }
  t.strictSame([...usableKeys([good, { ...good }]).keys.keys()], ['k'])
})

t.test('while a set is replaced, the keys that stay are trusted and those that leave are not', async t => {
  const { log } = Fastify()
  const store = createKeyStore({ issuer: 'https://x/', newScope: () => Fastify(), log, refresh: () => undefined })
  const other = { ...rsa(2048), kid: 'other' }
  await store.replace([good, other])
  store.schedule(1000, 900)
  const [stays, leaves] = [store.get('k'), store.get('other')]
  t.match(stays, { trustedUntil: 1000, refreshAt: 900 })
  await store.replace([good])
  t.equal(store.get('k'), stays)
  t.match(stays, { trustedUntil: 1000, refreshAt: 900 })
  t.match(leaves, { trustedUntil: 0 })
  await t.rejects(store.replace([{ ...good, use: 'enc' }]), { code: 'keys' })
  t.match(stays, { trustedUntil: 1000 }, 'a set that is refused changes nothing')
})

t.test("a verifier tells fast-jwt's reasons by codes of ours and passes its codes on to the log", async t => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  const verify = await createSignatureVerifier(() => Fastify(), { algorithm: 'RS256', pem: String(pem) })
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = (payload: unknown, header: object = {}, key: KeyObject = privateKey): string => {
    const input = `${encode({ alg: 'RS256', ...header })}.${encode(payload)}`
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
  }
  t.strictSame(verify(signed({ sub: 'x' })), { sub: 'x' })
  const hmac = `${encode({ alg: 'HS256' })}.${encode({ sub: 'x' })}`
  const byOther = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const refused: [string, string, string][] = [
    ['opaque', 'A0U_TOKEN_MALFORMED', 'FAST_JWT_MALFORMED'],
    [signed([]), 'A0U_TOKEN_MALFORMED', 'FAST_JWT_INVALID_PAYLOAD'],
    [signed({ sub: 'x' }, { alg: 'RS512' }), 'A0U_TOKEN_ALGORITHM', 'FAST_JWT_INVALID_ALGORITHM'],
    [
      `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      'A0U_TOKEN_ALGORITHM',
      'FAST_JWT_INVALID_ALGORITHM',
    ],
    [signed({ sub: 'x' }, { crit: ['exp'] }), 'A0U_TOKEN_CRITICAL_HEADER', 'FAST_JWT_INVALID_CRIT_HEADER'],
    [signed({ sub: 'x' }, {}, byOther), 'A0U_TOKEN_SIGNATURE', 'FAST_JWT_INVALID_SIGNATURE'],
  ]
  for (const [raw, code, reason] of refused) {
    try {
      verify(raw)
      t.fail('refused')
    } catch (error) {
      const { code: given, cause } = error as Auth0UsersError
      t.strictSame([given, (cause as Error).message], [code, reason])
    }
  }
})

t.test('a key whose id is no key id is left out', async t => {
  for (const kid of [undefined, null, '', 7, ['k'], 'a\nb', 'x'.repeat(5000)]) {
    const { keys, refused } = usableKeys([{ ...good, kid }])
    t.equal(keys.size, 0, String(kid).slice(0, 20))
    t.equal(refused, 1)
  }
})
