import { createHash, type KeyObject, sign } from 'node:crypto'
import type { Signer, TokenFaults } from '#plugin/testing/index.js'
import type { Bench, Row, TokenCase } from '../support/craft.ts'

/** RFC 8725 §3.10: which key verifies is our decision; a token can only name one that we know already. */

const with256 =
  (key: KeyObject): Signer =>
  input =>
    sign('RSA-SHA256', input, key)

/** Signed by the attacker; every one of them verifies for who follows its header. */
const byThief =
  (header: (bench: Bench) => Record<string, unknown>) =>
  (bench: Bench): TokenFaults => ({ header: header(bench), signWith: with256(bench.thief.privateKey) })

const thumbprint = ({ thief }: Bench, hash: string): string =>
  createHash(hash).update(Buffer.from(thief.certificate, 'base64')).digest('base64url')

/** Beside the issuer's own `kid`, so the signature is checked against the published key. */
const keyHeaders: readonly [string, (bench: Bench) => Record<string, unknown>][] = [
  ['jwk', ({ thief }) => ({ jwk: thief.jwk })],
  ['jwk with its private half', ({ thief }) => ({ jwk: thief.privateKey.export({ format: 'jwk' }) })],
  ['jku', ({ lure }) => ({ jku: `${lure}/jwks.json` })],
  ['jku with the issuer in its user part', ({ lure }) => ({ jku: `http://issuer@${lure.slice(7)}/jwks.json` })],
  ['jku that redirects', ({ lure }) => ({ jku: `${lure}/redirect` })],
  ['x5c', ({ thief }) => ({ x5c: [thief.certificate] })],
  ['x5u', ({ lure }) => ({ x5u: `${lure}/certificate.pem` })],
  ['x5t', bench => ({ x5t: thumbprint(bench, 'sha1') })],
  ['x5t#S256', bench => ({ 'x5t#S256': thumbprint(bench, 'sha256') })],
  ['jwk, jku, x5c and x5u together', ({ thief, lure }) => allOf(thief, lure)],
]

function allOf(thief: Bench['thief'], lure: string): Record<string, unknown> {
  return { jwk: thief.jwk, jku: `${lure}/jwks.json`, x5c: [thief.certificate], x5u: `${lure}/certificate.pem` }
}

const carried: TokenCase[] = keyHeaders.flatMap(([what, header]): TokenCase[] => [
  {
    name: `${what} beside a known kid`,
    faults: byThief(header),
    expect: 'A0U_TOKEN_SIGNATURE',
  },
  {
    name: `${what} with its own kid`,
    faults: byThief(bench => ({ ...header(bench), kid: 'thief' })),
    expect: 'A0U_TOKEN_KEY_UNKNOWN',
  },
])

const withoutKid: TokenCase[] = keyHeaders.slice(0, 3).map(([what, header]) => ({
  name: `${what} instead of a kid`,
  faults: byThief(bench => ({ ...header(bench), kid: undefined })),
  expect: 'A0U_TOKEN_KEY_ID',
}))

const harmless: Row[] = [
  { name: "the issuer's own signature beside a foreign jwk", faults: ({ thief }) => ({ header: { jwk: thief.jwk } }) },
  { name: 'a jku that nobody follows', faults: ({ lure }) => ({ header: { jku: `${lure}/jwks.json` } }) },
  { name: 'an unknown header parameter that is not critical', faults: { header: { 'x-vendor': [1, { a: 2 }] } } },
  {
    name: 'an x5t as Auth0 sends it',
    faults: { header: { x5t: 'NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg' } },
  },
]

/** Texts that would do harm as a path, an SQL value, a URL, a header, a property name or a regular expression. */
const unknownKids: readonly [string, string][] = [
  ['a path', '../../../../dev/null'],
  ['a path with escapes', '..%2f..%2f..%2fetc%2fpasswd'],
  ['a Windows path', '..\\..\\windows\\win.ini'],
  ['SQL', "x' UNION SELECT 'secret' --"],
  ['SQL that drops', "'; drop table accounts_user; --"],
  ['a shell command', '$(touch /tmp/kid); | id'],
  ['a URL', 'http://169.254.169.254/latest/meta-data'],
  ['a LDAP filter', '*)(uid=*))(|(uid=*'],
  ['a template', '{{7*7}}#{7*7}<%= 7*7 %>'],
  ['HTML', '<img src=x onerror=alert(1)>'],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['toString', 'toString'],
  ['a cache key', 'RS256:thief:http://127.0.0.1/'],
  ['a regular expression', '(a+)+$'],
  ['a number as text', '0'],
  ['another spelling in Unicode', 'ｋｉｄ'],
  ['255 characters', 'k'.repeat(255)],
  ['an emoji', '🔑'],
]

const unknown: TokenCase[] = unknownKids.map(([what, kid]) => ({
  name: `kid is ${what}`,
  faults: { header: { kid } },
  expect: 'A0U_TOKEN_KEY_UNKNOWN',
}))

const unusableKids: readonly [string, unknown][] = [
  ['missing', undefined],
  ['empty', ''],
  ['null', null],
  ['a number', 0],
  ['true', true],
  ['a list', ['kid']],
  ['an object', { kid: 'kid' }],
  ['of 256 characters', 'k'.repeat(256)],
  ['of 2000 characters', 'k'.repeat(2000)],
  ['with a NUL', 'kid\0'],
  ['with a newline', 'kid\r\nX-Injected: 1'],
  ['with an escape sequence', 'kid\u001b[2J'],
  ['with a lone surrogate', 'kid\ud800'],
]

const unusable: TokenCase[] = unusableKids.map(([what, kid]) => ({
  name: `kid ${what}`,
  faults: { header: { kid } },
  expect: 'A0U_TOKEN_KEY_ID',
}))

/** The right id, misspelt: never normalised, cut or matched loosely. */
const nearly: TokenCase[] = (
  [
    ['in upper case', kid => kid.toUpperCase()],
    ['with a blank in front', kid => ` ${kid}`],
    ['with a blank behind', kid => `${kid} `],
    ['without its last character', kid => kid.slice(0, -1)],
    ['with a slash behind', kid => `${kid}/`],
  ] as [string, (kid: string) => string][]
).map(([how, change]) => ({
  name: `the known kid ${how}`,
  faults: ({ issuer }) => ({ header: { kid: change(issuer.key.kid) } }),
  expect: 'A0U_TOKEN_KEY_UNKNOWN',
}))

const inherited: TokenCase = {
  name: 'kid only in a __proto__ member',
  header: text => text.replace(/"kid":("[^"]+")/, '"__proto__":{"kid":$1}'),
  expect: 'A0U_TOKEN_KEY_ID',
}

export const keyHeaderCases: readonly TokenCase[] = [
  ...[...carried, ...withoutKid],
  ...harmless.map((row): TokenCase => ({ ...row, expect: 'accepted' })),
]
export const keyIdCases: readonly TokenCase[] = [...unknown, ...unusable, ...nearly, inherited]
