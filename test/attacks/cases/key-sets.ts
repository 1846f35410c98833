import { generateKeyPairSync } from 'node:crypto'
import type { LocalIssuer, Outage } from '#plugin/testing/index.js'

/** What the key server answers instead of the right key set. */
export interface KeyServerCase {
  readonly name: string
  /** One of the test kit's outages, or … */
  readonly outage?: Outage
  /** … a document in place of the issuer's own. */
  readonly document?: (issuer: LocalIssuer) => unknown
  /** What a server that knows no key yet says to a valid token: it cannot tell (503), or it can (200). */
  readonly cold: 200 | 503
}

function outage(kind: Outage): KeyServerCase {
  return { name: `the outage ${kind}`, outage: kind, cold: 503 }
}

const outages = [
  ...(['refuse', 'reset', 'hang', 'stalled-body', 'slow-body', 'status-404', 'status-429', 'status-500'] as const),
  ...(['redirect', 'html', 'truncated', 'empty', 'not-an-object', 'empty-set', 'too-many-keys'] as const),
  ...(['huge', 'huge-declared'] as const),
].map(outage)

type Jwk = Record<string, unknown>

/** The issuer's own key, spoilt: nothing in the set can verify. */
function spoilt(name: string, change: (jwk: Jwk) => Jwk): KeyServerCase {
  return { name, document: ({ key }) => ({ keys: [change({ ...key.jwk })] }), cold: 503 }
}

const weak = (modulusLength: number, publicExponent = 65_537): Jwk =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' })
const without = (jwk: Jwk, name: string): Jwk => Object.fromEntries(Object.entries(jwk).filter(([key]) => key !== name))

const spoiltSets: KeyServerCase[] = [
  spoilt('a key of 512 bits', jwk => ({ ...jwk, ...weak(512) })),
  spoilt('a key of 1024 bits', jwk => ({ ...jwk, ...weak(1024) })),
  spoilt('a key of 2047 bits', jwk => ({ ...jwk, ...weak(2047) })),
  spoilt('the exponent 1', jwk => ({ ...jwk, e: 'AQ' })),
  spoilt('the exponent 3', jwk => ({ ...jwk, ...weak(2048, 3) })),
  spoilt('an even exponent', jwk => ({ ...jwk, e: 'AQAA' })),
  spoilt('an exponent of 64 bits and more', jwk => ({ ...jwk, e: 'AQAAAAAAAAAAAQ' })),
  spoilt('a modulus that is no base64url', jwk => ({ ...jwk, n: `+/${String(jwk['n']).slice(2)}` })),
  spoilt('a modulus with padding', jwk => ({ ...jwk, n: `${jwk['n']}==` })),
  spoilt('a modulus that is a number', jwk => ({ ...jwk, n: 12_345 })),
  spoilt('use enc', jwk => ({ ...jwk, use: 'enc' })),
  spoilt('use null', jwk => ({ ...jwk, use: null })),
  spoilt('key_ops without verify', jwk => ({ ...without(jwk, 'use'), key_ops: ['encrypt', 'wrapKey'] })),
  spoilt('key_ops that is a text', jwk => ({ ...jwk, key_ops: 'verify' })),
  spoilt('alg RS512', jwk => ({ ...jwk, alg: 'RS512' })),
  spoilt('alg PS256', jwk => ({ ...jwk, alg: 'PS256' })),
  spoilt('alg RSA-OAEP', jwk => ({ ...jwk, alg: 'RSA-OAEP' })),
  spoilt('no kid', jwk => without(jwk, 'kid')),
  spoilt('a kid that is a number', jwk => ({ ...jwk, kid: 1 })),
  spoilt('an empty kid', jwk => ({ ...jwk, kid: '' })),
  spoilt('no kty', jwk => without(jwk, 'kty')),
  spoilt('kty in lower case', jwk => ({ ...jwk, kty: 'rsa' })),
  spoilt('a private key', jwk => ({ ...jwk, d: 'AQAB' })),
  spoilt('a shared secret under the kid', ({ kid }) => ({ kty: 'oct', k: 'AAAA', kid, alg: 'HS256' })),
]

const elliptic = (kid: string): object => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'ES256',
})

const sets: readonly [string, 200 | 503, (issuer: LocalIssuer) => unknown][] = [
  ['EC keys only', 503, ({ key }) => ({ keys: [elliptic(key.kid)] })],
  ['two different keys under the kid', 503, ({ key }) => ({ keys: [key.jwk, { ...key.jwk, ...weak(2048) }] })],
  ['the same key twice', 200, ({ key }) => ({ keys: [key.jwk, key.jwk] })],
  ['a private half beside the public one', 200, ({ key }) => ({ keys: [{ ...key.jwk, d: 'AQAB' }, key.jwk] })],
  ['an EC key under the same kid beside it', 200, ({ key }) => ({ keys: [elliptic(key.kid), key.jwk] })],
  ['a weak key under the same kid beside it', 200, ({ key }) => ({ keys: [{ ...key.jwk, ...weak(512) }, key.jwk] })],
  ['junk beside it', 200, ({ key }) => ({ keys: [null, 1, 'x', [], {}, { kty: 'RSA' }, key.jwk] })],
  ['unknown members', 200, ({ key }) => ({ extra: { deep: [[]] }, keys: [{ ...key.jwk, x5c: ['!'], oth: 1 }] })],
  ['no use and no alg', 200, ({ key }) => ({ keys: [without(without({ ...key.jwk }, 'use'), 'alg')] })],
  ['a hundred keys', 200, ({ key }) => ({ keys: [...copies(key.jwk, 99), key.jwk] })],
  ['a hundred and one keys', 503, ({ key }) => ({ keys: [...copies(key.jwk, 100), key.jwk] })],
  ['keys that are an object', 503, ({ key }) => ({ keys: { [key.kid]: key.jwk } })],
  ['keys in a __proto__ member', 503, ({ key }) => `{"__proto__":{"keys":[${JSON.stringify(key.jwk)}]}}`],
  ['a bare key', 503, ({ key }) => key.jwk],
  ['PEM by kid, as some servers answer', 503, ({ key }) => ({ [key.kid]: '-----BEGIN PUBLIC KEY-----' })],
  ['a byte order mark', 200, ({ keySet }) => `\ufeff${JSON.stringify(keySet())}`],
  ['two documents', 503, ({ keySet }) => JSON.stringify(keySet()).repeat(2)],
  ['a depth of 100 000 lists', 503, () => '['.repeat(100_000)],
  ['JSONP', 503, ({ keySet }) => `callback(${JSON.stringify(keySet())})`],
]

function copies(jwk: object, count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ ...jwk, kid: `copy-${index}` }))
}

export const keyServerCases: readonly KeyServerCase[] = [
  ...outages,
  ...spoiltSets,
  ...sets.map(([name, cold, document]): KeyServerCase => ({ name: `a set with ${name}`, document, cold })),
]
