import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { sameTarget } from '#plugin/token/dpop-target.js'
import { usableKeys } from '#plugin/token/jwk.js'
import type { VerificationKey } from '#plugin/token/key-store.js'
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
  t.ok(isUsed({ n: Buffer.concat([Buffer.alloc(1), n]).toString('base64url') }), 'one leading zero byte')
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
    { n: 'A'.repeat(100_000) },
    { e: undefined },
    { e: '' },
    { e: 'AQ' },
    { e: 'AQAA' },
    { e: 'Aw' },
    { e: 65_537 },
    { e: Buffer.alloc(9, 0xff).toString('base64url') },
  ]
  for (const fault of faults) t.notOk(isUsed(fault), JSON.stringify(fault).slice(0, 60))
  for (const entry of [null, 'x', 1, [], {}]) t.equal(usableKeys([entry]).refused, 1)
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

t.test('a key whose id is no key id is left out', async t => {
  for (const kid of [undefined, null, '', 7, ['k'], 'a\nb', 'x'.repeat(5000)]) {
    const { keys, refused } = usableKeys([{ ...good, kid }])
    t.equal(keys.size, 0, String(kid).slice(0, 20))
    t.equal(refused, 1)
  }
})
