import {
  constants,
  createHash,
  createHmac,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto'
import type { Signer } from '#plugin/testing/index.js'
import type { Bench, Row, TokenCase } from '../support/craft.ts'

/** RFC 8725 §2.1 and §3.1: the algorithm is ours to choose, never the token's. */

const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const edwards = generateKeyPairSync('ed25519').privateKey

const hmac =
  (secret: string | Buffer, hash = 'sha256'): Signer =>
  input =>
    createHmac(hash, secret).update(input).digest()
const rsa =
  (hash: string, key: KeyObject): Signer =>
  input =>
    createSign(hash).update(input).sign(key)
const pss =
  (key: KeyObject): Signer =>
  input =>
    sign('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
const ecdsa: Signer = input => sign('sha256', input, { key: elliptic, dsaEncoding: 'ieee-p1363' })
const eddsa: Signer = input => sign(null, input, edwards)

const pem = ({ issuer }: Bench): string => issuer.key.publicKey.export({ type: 'spki', format: 'pem' }) as string
const pkcs1 = ({ issuer }: Bench): string => issuer.key.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string
const der = ({ issuer }: Bench): Buffer => issuer.key.publicKey.export({ type: 'spki', format: 'der' })
const jwkJson = ({ issuer }: Bench): string => JSON.stringify(issuer.key.jwk)
const modulus = ({ issuer }: Bench): Buffer => Buffer.from(issuer.key.jwk.n, 'base64url')

/** Every spelling of the public key that a careless verifier may take for an HMAC secret. */
const publicKeys: readonly [string, (bench: Bench) => string | Buffer][] = [
  ['as PEM (SPKI)', pem],
  ['as PEM without the last newline', bench => pem(bench).trimEnd()],
  ['as PEM with CRLF', bench => pem(bench).replaceAll('\n', '\r\n')],
  ['as PEM in one line', bench => pem(bench).replaceAll('\n', '')],
  ['as PEM (PKCS#1)', pkcs1],
  ['as DER', der],
  ['as base64 of the DER', bench => der(bench).toString('base64')],
  ['as JWK JSON', jwkJson],
  ['as its modulus', modulus],
  ['as its modulus in base64url', bench => bench.issuer.key.jwk.n],
]

const confusion: TokenCase[] = publicKeys.map(([how, secret]) => ({
  name: `HS256 with the public key ${how} as secret`,
  faults: bench => ({ header: { alg: 'HS256' }, signWith: hmac(secret(bench)) }),
  expect: 'A0U_TOKEN_ALGORITHM',
}))

const hidden: TokenCase[] = publicKeys.slice(0, 1).flatMap(([how, secret]): TokenCase[] => [
  {
    name: `RS256 in the header, HMAC with the public key ${how} as signature`,
    faults: bench => ({ header: { alg: 'RS256' }, signWith: hmac(secret(bench)) }),
    expect: 'A0U_TOKEN_SIGNATURE',
  },
  {
    name: `HS512 with the public key ${how} as secret`,
    faults: bench => ({ header: { alg: 'HS512' }, signWith: hmac(secret(bench), 'sha512') }),
    expect: 'A0U_TOKEN_ALGORITHM',
  },
])

const none: TokenCase[] = ['none', 'None', 'NONE', 'nOnE', 'none ', ''].flatMap((alg): TokenCase[] => [
  {
    name: `alg ${JSON.stringify(alg)} with an empty signature`,
    faults: { header: { alg }, signWith: 'nothing' },
    // An empty third segment is no canonical base64url, so the token is refused before its header is read.
    expect: 'A0U_TOKEN_MALFORMED',
  },
  {
    name: `alg ${JSON.stringify(alg)} with a good RS256 signature`,
    faults: { header: { alg } },
    expect: 'A0U_TOKEN_ALGORITHM',
  },
])

/** Signed with the issuer's own key or with a fresh one, under another name than RS256. */
const others: readonly [string, (bench: Bench) => Signer][] = [
  ['RS384', ({ issuer }) => rsa('RSA-SHA384', issuer.key.privateKey)],
  ['RS512', ({ issuer }) => rsa('RSA-SHA512', issuer.key.privateKey)],
  ['RS1', ({ issuer }) => rsa('RSA-SHA1', issuer.key.privateKey)],
  ['PS256', ({ issuer }) => pss(issuer.key.privateKey)],
  ['ES256', () => ecdsa],
  ['EdDSA', () => eddsa],
]

const foreign: TokenCase[] = others.flatMap(([alg, signer]): TokenCase[] => [
  {
    name: `${alg}, rightly signed`,
    faults: bench => ({ header: { alg }, signWith: signer(bench) }),
    expect: 'A0U_TOKEN_ALGORITHM',
  },
  {
    name: `RS256 in the header, signed with ${alg}`,
    faults: bench => ({ header: { alg: 'RS256' }, signWith: signer(bench) }),
    expect: 'A0U_TOKEN_SIGNATURE',
  },
])

/** `alg` must be the text RS256 and nothing that turns into it. */
const shapes: TokenCase[] = [
  ['missing', undefined],
  ['null', null],
  ['a number', 256],
  ['true', true],
  ['a list of one', ['RS256']],
  ['a list with HS256', ['RS256', 'HS256']],
  ['an object', { name: 'RS256' }],
  ['lower case', 'rs256'],
  ['with a blank', 'RS256 '],
  ['with a NUL', 'RS256\0'],
  ['by its URI', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'],
  ['an inherited name', 'toString'],
].map(([how, alg]) => ({
  name: `alg ${how}`,
  faults: { header: { alg } },
  expect: 'A0U_TOKEN_ALGORITHM',
}))

const doubled: TokenCase[] = [
  {
    name: 'alg twice, the last one HS256',
    header: text => text.replace('{', '{"alg":"RS256",').replace('"alg":"RS256","typ"', '"alg":"HS256","typ"'),
    expect: 'A0U_TOKEN_ALGORITHM',
  },
  {
    name: 'alg only in a __proto__ member',
    header: text => text.replace('"alg":"RS256"', '"__proto__":{"alg":"RS256"}'),
    expect: 'A0U_TOKEN_ALGORITHM',
  },
]

/** RS256 it is, but no signature of the published key. */
const forged: Row[] = [
  { name: 'a key that was never published, under the kid of a published one', faults: { signWith: 'other-key' } },
  { name: "the attacker's own key under the kid of a published one", faults: stolenKid },
  { name: 'a signature of zeros', faults: { signWith: () => Buffer.alloc(256) } },
  { name: 'the signature 1', faults: { signWith: () => Buffer.alloc(256).fill(1, 255) } },
  { name: 'a signature one byte short', faults: { signWith: () => Buffer.alloc(255, 7) } },
  { name: 'a signature one byte long', faults: { signWith: () => Buffer.alloc(257, 7) } },
  { name: 'a signature of one byte', faults: { signWith: () => Buffer.from([1]) } },
  { name: 'the bare digest with padding of type 1 and no DigestInfo', faults: noDigestInfo },
]

function stolenKid({ thief }: Bench): { signWith: Signer } {
  return { signWith: rsa('RSA-SHA256', thief.privateKey) }
}

function noDigestInfo({ issuer }: Bench): { signWith: Signer } {
  return { signWith: input => privateEncrypt(issuer.key.privateKey, createHash('sha256').update(input).digest()) }
}

export const algorithms: readonly TokenCase[] = [
  ...[...confusion, ...hidden, ...none],
  ...[...foreign, ...shapes, ...doubled],
  ...forged.map((row): TokenCase => ({ ...row, expect: 'A0U_TOKEN_SIGNATURE' })),
]
