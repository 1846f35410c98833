import type { Outcome } from '../support/expected.ts'

/** A request as it goes over the wire; `token` is a valid access token. */
export interface RequestCase {
  readonly name: string
  /** Header lines; a character up to U+00FF is one byte. */
  readonly lines: (token: string) => readonly string[]
  /** [`/me`] */
  readonly path?: (token: string) => string
  readonly expect: Outcome
}

/** RFC 9110 §11.6.2 and RFC 6750 §2.1: one Authorization header of one scheme, blanks and one token68. */

function header(name: string, line: (token: string) => string, expect: Outcome): RequestCase {
  return { name, lines: token => [line(token)], expect }
}

const schemes: RequestCase[] = [
  header('Bearer', t => `Authorization: Bearer ${t}`, 'accepted'),
  header('bearer', t => `Authorization: bearer ${t}`, 'accepted'),
  header('BEARER', t => `Authorization: BEARER ${t}`, 'accepted'),
  header('the name in upper case', t => `AUTHORIZATION: Bearer ${t}`, 'accepted'),
  header('two blanks', t => `Authorization: Bearer  ${t}`, 'accepted'),
  header('blanks around the value', t => `Authorization: \t Bearer ${t} \t`, 'accepted'),
  header('no blank after the colon', t => `Authorization:Bearer ${t}`, 'accepted'),
  header('Basic', () => 'Authorization: Basic YWRtaW46YWRtaW4=', 'A0U_METHOD_NOT_ACCEPTED'),
  header('Basic with the token', t => `Authorization: Basic ${t}`, 'A0U_METHOD_NOT_ACCEPTED'),
  header('Digest', () => 'Authorization: Digest abc', 'A0U_METHOD_NOT_ACCEPTED'),
  header('Negotiate', () => 'Authorization: Negotiate YIIZ', 'A0U_METHOD_NOT_ACCEPTED'),
  header('Token', t => `Authorization: Token ${t}`, 'A0U_METHOD_NOT_ACCEPTED'),
  header('JWT', t => `Authorization: JWT ${t}`, 'A0U_METHOD_NOT_ACCEPTED'),
  header('a scheme that starts like Bearer', t => `Authorization: BearerX ${t}`, 'A0U_METHOD_NOT_ACCEPTED'),
  header('__proto__', t => `Authorization: __proto__ ${t}`, 'A0U_METHOD_NOT_ACCEPTED'),
  header('DPoP with a token that is not bound', t => `Authorization: DPoP ${t}`, 'A0U_DPOP_PROOF'),
]

const broken: RequestCase[] = (
  [
    ['an empty value', () => ''],
    ['blanks only', () => '   '],
    ['the scheme only', () => 'Bearer'],
    ['the scheme and a blank', () => 'Bearer '],
    ['the token only', t => t],
    ['no blank', t => `Bearer${t}`],
    ['a tab instead of a blank', t => `Bearer\t${t}`],
    ['a tab after the blank', t => `Bearer \t${t}`],
    ['a no-break space', t => `Bearer\u00a0${t}`],
    ['a colon', t => `Bearer: ${t}`],
    ['an equals sign', t => `Bearer=${t}`],
    ['a comma behind', t => `Bearer ${t},`],
    ['a comma in front', t => `, Bearer ${t}`],
    ['a comma and another token', t => `Bearer ${t}, Bearer ${t}`],
    ['a comma and Basic', t => `Bearer ${t}, Basic YWRtaW46YWRtaW4=`],
    ['Basic and a comma', t => `Basic YWRtaW46YWRtaW4=, Bearer ${t}`],
    ['a semicolon', t => `Bearer ${t}; charset=utf-8`],
    ['two tokens', t => `Bearer ${t} ${t}`],
    ['the scheme twice', t => `Bearer Bearer ${t}`],
    ['a parameter', t => `Bearer token="${t}"`],
    ['quotes', t => `Bearer "${t}"`],
    ['angle brackets', t => `Bearer <${t}>`],
    ['a scheme in full-width letters', t => `\u00ef\u00bc\u00a2earer ${t}`],
    ['a byte FF', t => `Bearer ${t}\u00ff`],
    ['a word after the token', t => `Bearer ${t} x`],
    ['an escape', t => `Bearer%20${t}`],
    ['an encoded word', t => `=?utf-8?Q?Bearer?= ${t}`],
  ] as [string, (token: string) => string][]
).map(([name, value]) => header(name, t => `Authorization: ${value(t)}`, 'A0U_AUTHORIZATION_MALFORMED'))

/** What Node's parser refuses, before Fastify and the plugin are asked (RFC 9110 §5.5, RFC 9112 §5). */
const unparsable: RequestCase[] = [
  header('a NUL in the token', t => `Authorization: Bearer ${t}\0`, 400),
  header('a bare line feed in the token', t => `Authorization: Bearer ${t.slice(0, 9)}\n${t.slice(9)}`, 400),
  header('a bare carriage return', t => `Authorization: Bearer ${t}\rX: 1`, 400),
  header('a control character', t => `Authorization: Bearer ${t}\u0001`, 400),
  header('a blank before the colon', t => `Authorization : Bearer ${t}`, 400),
  header('the token on a folded line', t => `Authorization: Bearer\r\n ${t}`, 400),
]

const repeated: RequestCase[] = (
  [
    ['twice the same', t => [`Authorization: Bearer ${t}`, `Authorization: Bearer ${t}`]],
    ['a good and a bad one', t => [`Authorization: Bearer ${t}`, 'Authorization: Bearer x']],
    ['a bad and a good one', t => ['Authorization: Bearer x', `Authorization: Bearer ${t}`]],
    ['in two spellings', t => [`Authorization: Bearer ${t}`, 'AUTHORIZATION: Basic YWRtaW46YWRtaW4=']],
    ['with others between', t => [`Authorization: Bearer ${t}`, 'X-Other: 1', `authorization: Bearer ${t}`]],
    ['an empty one and a good one', t => ['Authorization: ', `Authorization: Bearer ${t}`]],
    ['three', t => Array.from({ length: 3 }, () => `Authorization: Bearer ${t}`)],
  ] as [string, (token: string) => string[]][]
).map(([name, lines]) => ({ name: `two headers: ${name}`, lines, expect: 'A0U_AUTHORIZATION_MALFORMED' }))

/** RFC 6750 §2.2 and §2.3 allow a token in the body and in the query; RFC 9700 §2.2 and we do not. */
const elsewhere: RequestCase[] = [
  { name: 'no credentials', lines: () => [], expect: 'A0U_CREDENTIALS_MISSING' },
  ...(
    [
      ['the query', '?access_token='],
      ['the query as token', '?token='],
      ['the query as Authorization', '?authorization=Bearer%20'],
    ] as [string, string][]
  ).map(
    ([where, query]): RequestCase => ({
      name: `in ${where}`,
      lines: () => [],
      path: t => `/me${query}${t}`,
      expect: 'A0U_CREDENTIALS_MISSING',
    }),
  ),
  ...[
    'Cookie: access_token=',
    'Cookie: Authorization=Bearer ',
    'Proxy-Authorization: Bearer ',
    'X-Authorization: Bearer ',
  ].map((line): RequestCase => header(`in ${line.trim()}`, t => line + t, 'A0U_CREDENTIALS_MISSING')),
  ...[
    'X-Forwarded-Authorization: Bearer ',
    'X-Original-Authorization: Bearer ',
    'X-Access-Token: ',
    'DPoP: ',
    '_Authorization: Bearer ',
  ].map((line): RequestCase => header(`in ${line.trim()}`, t => line + t, 'A0U_CREDENTIALS_MISSING')),
  {
    name: 'a bad header is not healed by a good query',
    lines: () => ['Authorization: Bearer a.b.c'],
    path: t => `/me?access_token=${t}`,
    expect: 'A0U_TOKEN_MALFORMED',
  },
  {
    name: 'as the user part of the URL, as browsers send it',
    lines: t => [`Authorization: Basic ${Buffer.from(`x:${t}`).toString('base64')}`],
    expect: 'A0U_METHOD_NOT_ACCEPTED',
  },
]

const sizes: RequestCase[] = [
  header('16 385 characters', () => `Authorization: Bearer ${'A'.repeat(16_385 - 7)}`, 'A0U_TOKEN_TOO_LARGE'),
  header('60 000 characters', () => `Authorization: Bearer ${'A'.repeat(60_000)}`, 'A0U_TOKEN_TOO_LARGE'),
  header('60 000 characters of no token', () => `Authorization: ${', '.repeat(30_000)}x`, 'A0U_TOKEN_TOO_LARGE'),
  header(
    '16 384 characters of one segment',
    () => `Authorization: Bearer ${'A'.repeat(16_384 - 7)}`,
    'A0U_TOKEN_MALFORMED',
  ),
  header('70 000 characters', () => `Authorization: Bearer ${'A'.repeat(70_000)}`, 431),
]

export const requestCases: readonly RequestCase[] = [
  ...[...schemes, ...broken, ...unparsable],
  ...[...repeated, ...elsewhere, ...sizes],
]
