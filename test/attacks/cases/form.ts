import type { TokenCase } from '../support/craft.ts'

/** RFC 7515 §2, §5.2 and §7.1: one spelling of a token, three segments of base64url without padding. */

type Segments = readonly [string, string, string]
type Change = (segments: Segments, token: string) => string

function row(name: string, expect: TokenCase['expect'], change: Change): TokenCase {
  return { name, expect, finish: token => change(token.split('.') as unknown as Segments, token) }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Another last character that stands for the same bytes: the unused bits are set. */
function loosenLastBits(segment: string): string {
  const value = alphabet.indexOf(segment.at(-1) ?? '')
  return segment.slice(0, -1) + alphabet[value + 1]
}

/** A text of 3n+1 or 3n+2 bytes, so that its base64url has unused bits. */
const unaligned = (text: string): string => text + ' '.repeat(text.length % 3 === 0 ? 1 : 0)

const everySegment: TokenCase[] = [0, 1, 2].flatMap(index => {
  const which = ['header', 'payload', 'signature'][index]
  const inOne =
    (change: (segment: string) => string): Change =>
    segments =>
      segments.map((segment, position) => (position === index ? change(segment) : segment)).join('.')
  return [
    row(
      `an empty ${which}`,
      'A0U_TOKEN_MALFORMED',
      inOne(() => ''),
    ),
    row(
      `one character too many in the ${which}`,
      'A0U_TOKEN_MALFORMED',
      inOne(s => `${s}${'A'.repeat(5 - (s.length % 4))}`),
    ),
    // A quoted pair, blanks and control characters are no token68 (RFC 9110 §11.2): the header is at fault.
    row(
      `a blank in the ${which}`,
      'A0U_AUTHORIZATION_MALFORMED',
      inOne(s => `${s.slice(0, 4)} ${s.slice(4)}`),
    ),
    row(
      `a tab in the ${which}`,
      'A0U_AUTHORIZATION_MALFORMED',
      inOne(s => `${s.slice(0, 4)}\t${s.slice(4)}`),
    ),
    row(
      `a quote in the ${which}`,
      'A0U_AUTHORIZATION_MALFORMED',
      inOne(s => `"${s}"`),
    ),
    row(
      `a Latin letter with an accent in the ${which}`,
      'A0U_AUTHORIZATION_MALFORMED',
      inOne(s => `${s.slice(0, 4)}é${s.slice(4)}`),
    ),
    row(
      `the alphabet of plain base64 in the ${which}`,
      'A0U_TOKEN_MALFORMED',
      inOne(s => `${s.slice(0, -4)}+/+/`),
    ),
    row(
      `a tilde in the ${which}`,
      'A0U_TOKEN_MALFORMED',
      inOne(s => `${s.slice(0, 4)}~${s.slice(5)}`),
    ),
    row(
      `an escape in the ${which}`,
      'A0U_AUTHORIZATION_MALFORMED',
      inOne(s => `${s.slice(0, 4)}%41${s.slice(5)}`),
    ),
  ]
})

const padding: TokenCase[] = [
  row('padding after the header', 'A0U_AUTHORIZATION_MALFORMED', ([h, p, s]) => `${h}=.${p}.${s}`),
  row('padding after the payload', 'A0U_AUTHORIZATION_MALFORMED', ([h, p, s]) => `${h}.${p}==.${s}`),
  row('padding after the signature', 'A0U_TOKEN_MALFORMED', (_, token) => `${token}==`),
  row('too much padding after the signature', 'A0U_TOKEN_MALFORMED', (_, token) => `${token}====`),
]

const looseBits: TokenCase[] = [
  {
    name: 'unused bits set in the header',
    header: unaligned,
    finish: token => token.replace(/^[^.]+/, loosenLastBits),
    expect: 'A0U_TOKEN_MALFORMED',
  },
  {
    name: 'unused bits set in the payload',
    payload: unaligned,
    finish: token => token.replace(/\.[^.]+/, loosenLastBits),
    expect: 'A0U_TOKEN_MALFORMED',
  },
  row('unused bits set in the signature', 'A0U_TOKEN_MALFORMED', ([h, p, s]) => `${h}.${p}.${loosenLastBits(s)}`),
]

const json = (h: string, p: string, s: string): string => JSON.stringify({ payload: p, protected: h, signature: s })

const structure: TokenCase[] = [
  row('one segment (an opaque token)', 'A0U_TOKEN_MALFORMED', ([, , s]) => s.slice(0, 32)),
  row('two segments', 'A0U_TOKEN_MALFORMED', ([h, p]) => `${h}.${p}`),
  row('two segments and a dot', 'A0U_TOKEN_MALFORMED', ([h, p]) => `${h}.${p}.`),
  row('four segments', 'A0U_TOKEN_MALFORMED', (_, token) => `${token}.AAAA`),
  row('a dot in front', 'A0U_TOKEN_MALFORMED', (_, token) => `.${token}`),
  row('a dot behind', 'A0U_TOKEN_MALFORMED', (_, token) => `${token}.`),
  row('two dots between', 'A0U_TOKEN_MALFORMED', ([h, p, s]) => `${h}..${p}.${s}`),
  row('nothing but dots', 'A0U_TOKEN_MALFORMED', () => '..'),
  row('five segments (JWE)', 'A0U_TOKEN_ENCRYPTED', ([h, p, s]) => `${h}.${s}.AAAA.${p}.AAAA`),
  row('five empty segments', 'A0U_TOKEN_ENCRYPTED', () => '....'),
  row('six segments', 'A0U_TOKEN_MALFORMED', (_, token) => `${token}.AAAA.AAAA.AAAA`),
  row('a thousand segments', 'A0U_TOKEN_MALFORMED', () => 'AAAA.'.repeat(1000)),
  row('a detached payload', 'A0U_TOKEN_MALFORMED', ([h, , s]) => `${h}..${s}`),
  row('flattened JSON serialization', 'A0U_AUTHORIZATION_MALFORMED', segments => json(...segments)),
  row('flattened JSON serialization in base64url', 'A0U_TOKEN_MALFORMED', segments => encode(json(...segments))),
  row('the whole token in base64url', 'A0U_TOKEN_MALFORMED', (_, token) => encode(token)),
  row('header and payload swapped', 'A0U_TOKEN_ALGORITHM', ([h, p, s]) => `${p}.${h}.${s}`),
  row('payload and signature swapped', 'A0U_TOKEN_MALFORMED', ([h, p, s]) => `${h}.${s}.${p}`),
  row('the token twice (five segments)', 'A0U_TOKEN_ENCRYPTED', (_, token) => token + token),
  row('half a signature', 'A0U_TOKEN_SIGNATURE', ([h, p, s]) => `${h}.${p}.${s.slice(0, 168)}`),
  row('the payload of another token', 'A0U_TOKEN_SIGNATURE', ([h, p, s]) => `${h}.${renamed(p)}.${s}`),
  row('a header of 4100 characters', 'A0U_TOKEN_TOO_LARGE', ([, p, s]) => `${'A'.repeat(4100)}.${p}.${s}`),
  row('a token of 17 000 characters', 'A0U_TOKEN_TOO_LARGE', ([h, p, s]) => `${h}.${p}${'A'.repeat(17_000)}.${s}`),
  row('16 000 dots', 'A0U_TOKEN_MALFORMED', () => '.'.repeat(16_000)),
]

function encode(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** The same claims for another person, whose signature nobody made. */
function renamed(payload: string): string {
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return encode(JSON.stringify({ ...claims, sub: 'auth0|the-victim' }))
}

/** What the decoded header and payload may be: JSON objects in UTF-8. */
const notAnObject = [
  '[]',
  '[{"alg":"RS256"}]',
  'null',
  'true',
  '1',
  '"text"',
  '{',
  '',
  ' ',
  '{"a":1}{',
  "{'a':1}",
  '{"a":01}',
]
const badBytes: readonly [string, (text: string) => Uint8Array][] = [
  ['a stray byte FF', text => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff]), Buffer.from('}')])],
  ['a cut UTF-8 sequence in a name', text => Buffer.from(`{"\u00c3":1,${text.slice(1)}`, 'latin1')],
  ['an overlong slash', text => Buffer.from(`{"x":"\u00c0\u00af",${text.slice(1)}`, 'latin1')],
  ['a surrogate in UTF-8 (CESU-8)', text => Buffer.from(`{"x":"\u00ed\u00a0\u0080",${text.slice(1)}`, 'latin1')],
  ['a byte order mark', text => Buffer.from(`\ufeff${text}`)],
  ['UTF-16', text => Buffer.from(text, 'utf16le')],
  ['a NUL after the object', text => Buffer.from(`${text}\0`)],
]

const content: TokenCase[] = (['header', 'payload'] as const).flatMap(part => [
  ...notAnObject
    .filter(text => text !== '')
    .map(
      (text): TokenCase => ({
        name: `the ${part} is ${JSON.stringify(text)}`,
        [part]: () => text,
        expect: 'A0U_TOKEN_MALFORMED',
      }),
    ),
  ...badBytes.map(
    ([what, change]): TokenCase => ({ name: `${what} in the ${part}`, [part]: change, expect: 'A0U_TOKEN_MALFORMED' }),
  ),
])

const tolerated: TokenCase[] = [
  {
    name: 'blanks and newlines within the JSON',
    payload: text => `\n${text.replaceAll(',', ' ,\r\n\t')} `,
    expect: 'accepted',
  },
  {
    name: 'a depth of 2000 lists',
    payload: text => text.replace('{', `{"deep":${'['.repeat(2000)}${']'.repeat(2000)},`),
    expect: 'accepted',
  },
]

export const formCases: readonly TokenCase[] = [...everySegment, ...padding, ...looseBits, ...structure]
export const contentCases: readonly TokenCase[] = [...content, ...tolerated]
