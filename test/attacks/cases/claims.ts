import type { TokenCase } from '../support/craft.ts'

/** RFC 7519 §2 and §4.1, RFC 9068 §2.2: required claims, of their own, of their type and of a sane size. */

/** The clock of the tests, in seconds. */
const now = 1_800_000_000
const tolerance = 5

function withClaim(name: string, values: readonly unknown[], expect: TokenCase['expect']): TokenCase[] {
  return values.map(value => ({ name: `${name} ${show(value)}`, claims: { [name]: value }, expect }))
}

/** A value that JSON.stringify would not write that way. */
function literal(name: string, value: string, expect: TokenCase['expect']): TokenCase {
  const change = (text: string): string => text.replace(member(name), `"${name}":${value}`)
  return { name: `${name} written ${value.slice(0, 40)}`, payload: change, expect }
}

const member = (name: string): RegExp => new RegExp(`"${name}":("[^"]*"|[0-9]+)`)

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 20)}… of ${text.length} characters` : text
}

const noDate = [undefined, null, true, '', 'soon', String(now + 3600), [now + 3600], { seconds: now + 3600 }]
const noNumber = ['NaN', 'Infinity', '0x7fffffff', '+1', '1_000', '.5', '1.']

export const timeCases: readonly TokenCase[] = [
  ...withClaim('exp', noDate, 'A0U_TOKEN_CLAIMS'),
  ...withClaim('iat', noDate, 'A0U_TOKEN_CLAIMS'),
  ...withClaim('nbf', noDate.slice(1), 'A0U_TOKEN_CLAIMS'),
  ...['1e400', '-1e400'].flatMap(value => ['exp', 'iat'].map(name => literal(name, value, 'A0U_TOKEN_CLAIMS'))),
  literal('exp', `9${'0'.repeat(400)}`, 'A0U_TOKEN_CLAIMS'),
  ...noNumber.map(value => literal('exp', value, 'A0U_TOKEN_MALFORMED')),
  ...withClaim('exp', [0, -1, 1, 1e9, now - tolerance, now - 1e6, -1e300, 5e-324], 'A0U_TOKEN_EXPIRED'),
  literal('exp', '-0', 'A0U_TOKEN_EXPIRED'),
  ...withClaim('exp', [now + 0.5, now - tolerance + 0.001, 1e300, Number.MAX_SAFE_INTEGER], 'accepted'),
  ...withClaim('iat', [now + tolerance + 0.001, now + 1e6, now * 1000, 1e300], 'A0U_TOKEN_NOT_YET_VALID'),
  ...withClaim('iat', [now + tolerance, now, now - 0.5, 0], 'accepted'),
  // Before 1970 nobody issued a token, and PostgreSQL knows no such date: refused before a row is written.
  ...withClaim('iat', [-1, -1e10, -8.64e12, -1e300], 'A0U_TOKEN_CLAIMS'),
  ...withClaim('nbf', [now + tolerance + 0.001, now + 1e6, now * 1000, 1e300], 'A0U_TOKEN_NOT_YET_VALID'),
  ...withClaim('nbf', [now + tolerance, now, 0, -1e300, undefined], 'accepted'),
]

export const subjectCases: readonly TokenCase[] = [
  ...withClaim('sub', [undefined], 'A0U_TOKEN_CLAIMS'),
  ...withClaim('sub', [null, 1, 0, true, {}, [], ['auth0|listed'], { $ne: '' }], 'A0U_TOKEN_SUBJECT'),
  ...withClaim('sub', ['', ' ', '\t', '\u3000', '\n', 'auth0|a\0b', '\0', 'auth0|a\nb', '\u007f'], 'A0U_TOKEN_SUBJECT'),
  ...withClaim('sub', ['x'.repeat(256), '😀'.repeat(256), 'x'.repeat(8000)], 'A0U_TOKEN_SUBJECT'),
  ...['"auth0|\\ud800"', '"\\udc00auth0|"', '"auth0|\\u0000"'].map(text => literal('sub', text, 'A0U_TOKEN_SUBJECT')),
  ...withClaim('sub', ['auth0|1'.padEnd(255, 'x'), '😀'.repeat(255), "'; drop table accounts_user; --"], 'accepted'),
  ...withClaim('sub', ['__proto__', 'constructor', 'toString', 'samlp|acme|ann@corp', 'admin'], 'accepted'),
]

/** JSON lets a name occur twice; the last one counts, for us as for everybody else who checks the token. */
const doubles: readonly [string, string, TokenCase['expect']][] = [
  ['exp, the last one past', '"exp":1', 'A0U_TOKEN_EXPIRED'],
  ['iss, the last one foreign', '"iss":"https://evil.example/"', 'A0U_TOKEN_ISSUER'],
  ['aud, the last one foreign', '"aud":"https://other.example"', 'A0U_TOKEN_AUDIENCE'],
  ['sub, the last one empty', '"sub":""', 'A0U_TOKEN_SUBJECT'],
  ['exp by an escaped name, the last one past', '"\\u0065xp":1', 'A0U_TOKEN_EXPIRED'],
]

const twice = doubles.map(
  ([what, last, expect]): TokenCase => ({
    name: `twice ${what}`,
    payload: text => `${text.slice(0, -1)},${last}}`,
    expect,
  }),
)

/** A claim that an object only inherits is not there; a `__proto__` member is a member like any other. */
const inherited = ['iss', 'sub', 'aud', 'exp', 'iat'].map(
  (name): TokenCase => ({
    name: `${name} only in a __proto__ member`,
    payload: text => text.replace(member(name), '"__proto__":{$&}'),
    expect: 'A0U_TOKEN_CLAIMS',
  }),
)

const placed = (name: string, payload: (text: string) => string, expect: TokenCase['expect']): TokenCase => ({
  name,
  payload,
  expect,
})

const places: TokenCase[] = [
  placed('claims in constructor.prototype', t => `{"constructor":{"prototype":${t}}}`, 'A0U_TOKEN_CLAIMS'),
  placed('a __proto__ member beside good claims', t => t.replace('{', '{"__proto__":{"admin":true},'), 'accepted'),
  placed('a name of other case', t => t.replace('"exp"', '"EXP"'), 'A0U_TOKEN_CLAIMS'),
  placed('a name with a blank', t => t.replace('"exp"', '"exp "'), 'A0U_TOKEN_CLAIMS'),
  placed('no claim at all', () => '{}', 'A0U_TOKEN_CLAIMS'),
  placed('claims one level down', t => `{"claims":${t}}`, 'A0U_TOKEN_CLAIMS'),
]

/** Claims that fill columns never keep anybody out and never break a statement. */
const oddEmails = [
  null,
  1,
  true,
  [],
  {},
  '',
  'no-at-sign',
  'a@b@c',
  `${'x'.repeat(300)}@y.test`,
  'a\0b@y.test',
  "'--@y.test",
]
const oddNames = [null, 1, {}, 'x'.repeat(5000), 'a\0b', '\ud800', '<script>']

const mapped: TokenCase[] = [
  ...withClaim('email', oddEmails, 'accepted'),
  ...withClaim('given_name', oddNames, 'accepted'),
  ...withClaim('email_verified', ['true', 1, null], 'accepted'),
  {
    name: 'a thousand further claims',
    claims: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, i])),
    expect: 'accepted',
  },
]

export const memberCases: readonly TokenCase[] = [...twice, ...inherited, ...places, ...mapped]
