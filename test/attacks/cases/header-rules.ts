import type { TokenCase } from '../support/craft.ts'

/** RFC 7515 §4.1.11 (`crit`), RFC 7797 (`b64`), RFC 8725 §3.11 and RFC 9068 §2.1 (`typ`), RFC 7519 §5.2 (`cty`). */

type Header = Record<string, unknown>

const row = (name: string, header: Header, expect: TokenCase['expect']): TokenCase => ({
  name,
  faults: { header },
  expect,
})

const criticals: readonly [string, Header][] = [
  ['an unknown extension', { crit: ['x-own'], 'x-own': true }],
  ['an extension that is not there', { crit: ['exp'] }],
  ['exp, which is there', { crit: ['exp'], exp: 1 }],
  ['a registered name', { crit: ['alg'] }],
  ['b64', { crit: ['b64'], b64: true }],
  ['b64 that is false', { crit: ['b64'], b64: false }],
  ['nothing', { crit: [] }],
  ['null', { crit: null }],
  ['false', { crit: false }],
  ['a text', { crit: 'exp' }],
  ['an object', { crit: {} }],
  ['a list in a list', { crit: [['exp']] }],
  ['a number', { crit: [1] }],
  ['the same twice', { crit: ['x', 'x'], x: 1 }],
  ['__proto__', { crit: ['__proto__'] }],
]

const critical = criticals.map(([what, header]) => row(`crit names ${what}`, header, 'A0U_TOKEN_CRITICAL_HEADER'))

const unencoded = [false, true, 'false', 0, null].map(b64 =>
  row(`b64 ${JSON.stringify(b64)} without crit`, { b64 }, 'A0U_TOKEN_CRITICAL_HEADER'),
)

const goodTypes = ['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'APPLICATION/JWT', undefined]
const badTypes = [
  ...['', 'JWS', 'JOSE', 'JWE', 'id_token+jwt', 'dpop+jwt', 'logout+jwt', 'secevent+jwt', 'token-introspection+jwt'],
  ...['jwt ', 'jwt;v=1', 'at+jwt,jwt', 'application/application/jwt', 'text/jwt', 'ＪＷＴ', 'at+jwt\0'],
  ...[null, 1, true, ['JWT'], { typ: 'JWT' }],
]

const types = [
  ...goodTypes.map(typ => row(`typ ${typ ?? 'absent'}`, { typ }, 'accepted')),
  ...badTypes.map(typ => row(`typ ${JSON.stringify(typ)}`, { typ }, 'A0U_TOKEN_TYPE')),
]

const contents = ['JWT', 'jwt', 'application/jwt', 'APPLICATION/JWT'].map(cty =>
  row(`a nested token announced by cty ${cty}`, { cty }, 'A0U_TOKEN_ENCRYPTED'),
)

const inner = (text: string): string => `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(text).toString('base64url')}.AAAA`

const nested: TokenCase[] = [
  { name: 'a token as the payload of a token', payload: inner, expect: 'A0U_TOKEN_MALFORMED' },
  { name: 'a token as a JSON text', payload: text => JSON.stringify(inner(text)), expect: 'A0U_TOKEN_MALFORMED' },
  row('enc and zip of a JWE', { enc: 'A256GCM', zip: 'DEF', alg: 'RSA-OAEP' }, 'A0U_TOKEN_ALGORITHM'),
  row('alg dir', { alg: 'dir', enc: 'A256GCM' }, 'A0U_TOKEN_ALGORITHM'),
]

const claimsInHeader: TokenCase[] = [
  { ...row('exp in the header only', { exp: 4e9 }, 'A0U_TOKEN_CLAIMS'), claims: { exp: undefined } },
  { ...row('sub in the header only', { sub: 'x' }, 'A0U_TOKEN_CLAIMS'), claims: { sub: undefined } },
  { ...row('iss in the header only', { iss: 'x' }, 'A0U_TOKEN_CLAIMS'), claims: { iss: undefined } },
]

export const headerRuleCases: readonly TokenCase[] = [
  ...[...critical, ...unencoded, ...types],
  ...[...contents, ...nested, ...claimsInHeader],
]

/** For `tokenType: 'at+jwt'`. */
export const strictTypeCases: readonly TokenCase[] = [
  row('typ at+jwt', { typ: 'at+jwt' }, 'accepted'),
  row('typ application/AT+JWT', { typ: 'application/AT+JWT' }, 'accepted'),
  row('typ JWT', { typ: 'JWT' }, 'A0U_TOKEN_TYPE'),
  row('typ absent', { typ: undefined }, 'A0U_TOKEN_TYPE'),
  row('typ at_jwt', { typ: 'at_jwt' }, 'A0U_TOKEN_TYPE'),
  row('typ +jwt', { typ: '+jwt' }, 'A0U_TOKEN_TYPE'),
]
