import t from 'tap'
import { Auth0UsersError } from '#plugin/errors.js'
import { own } from '#plugin/lib/json.js'
import { type ClaimsRules, checkClaims, statedIssuer } from '#plugin/token/claims-rules.js'
import { decodeObject, isCanonicalBase64url, splitCompact } from '#plugin/token/compact.js'
import { createHeaderReader, type HeaderRules } from '#plugin/token/header.js'
import { authorizationHeader, parseAuthorization } from '#plugin/wire/authorization.js'

const readHeader = (segment: string, given: HeaderRules) => createHeaderReader(given)(segment)

const now = 1_800_000_000_000
const seconds = now / 1000

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Auth0UsersError) return error.code
    throw error
  }
  return 'accepted'
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

t.test('the one Authorization header is found under any spelling, and a second one is refused', async t => {
  t.equal(authorizationHeader(['Host', 'x', 'AUTHORIZATION', 'Bearer a']), 'Bearer a')
  t.equal(authorizationHeader(['Host', 'authorization', 'accept-charsets', 'x']), undefined)
  t.equal(authorizationHeader([]), undefined)
  t.equal(authorizationHeader(['If-None-Match', 'x', 'x-correlation', 'y']), undefined, 'other names of 13 characters')
  t.equal(
    codeOf(() => authorizationHeader(['authorization', 'a', 'Authorization', 'a'])),
    'A0U_AUTHORIZATION_MALFORMED',
  )
})

t.test('an Authorization header is one scheme, spaces and one token68', async t => {
  t.strictSame(parseAuthorization('Bearer a.b-c_d~e+f/g=='), { scheme: 'bearer', credentials: 'a.b-c_d~e+f/g==' })
  t.strictSame(parseAuthorization('dPoP   x'), { scheme: 'dpop', credentials: 'x' })
  const junk = [
    '',
    'Bearer',
    'Bearer ',
    ' Bearer x',
    'Bearer x ',
    'Bearer\tx',
    'Bearer x y',
    'Bearer x,y',
    'Bearer =',
    'Bearer a=b',
  ]
  junk.push('Bearer "x"', 'Béarer x', 'Bearer x\u0000', 'Bearer x\n', 'Bearer é', 'x', 'Be(arer x', 'Bearer realm="x"')
  for (const header of junk)
    t.equal(
      codeOf(() => parseAuthorization(header)),
      'A0U_AUTHORIZATION_MALFORMED',
      JSON.stringify(header),
    )
  const longest = `Bearer ${'x'.repeat(16_384 - 7)}`
  t.equal(
    codeOf(() => parseAuthorization(longest)),
    'accepted',
  )
  t.equal(
    codeOf(() => parseAuthorization(`${longest}x`)),
    'A0U_TOKEN_TOO_LARGE',
  )
})

t.test('base64url is canonical only in its one spelling', async t => {
  for (let length = 1; length < 50; length++) {
    const text = Buffer.alloc(length, 0xfb).toString('base64url')
    t.ok(isCanonicalBase64url(text))
    const last = text.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const others = [...alphabet].filter(character => character !== last).map(character => text.slice(0, -1) + character)
    const same = others.filter(other => Buffer.from(other, 'base64url').equals(Buffer.from(text, 'base64url')))
    for (const other of same) t.notOk(isCanonicalBase64url(other), other)
  }
  for (const text of ['', 'A', 'AAAAA', 'AA=', 'AA==', 'A+', 'A/', 'AA\n', 'A A', 'é'])
    t.notOk(isCanonicalBase64url(text), JSON.stringify(text))
})

t.test('a token is three canonical segments', async t => {
  t.strictSame(splitCompact('AA.BBBB.CCCC'), { header: 'AA', payload: 'BBBB', signature: 'CCCC' })
  for (const raw of [
    '',
    'opaque',
    'AA.AA',
    'AA.AA.',
    '.AA.AA',
    'AA..AA',
    'AA.AA.AA.AA',
    'A.A.A.A.A.A',
    'AB.AA.AA',
    'AA.AB.AA',
    'AA.AA.AB',
    'AA=.AA.AA',
  ])
    t.equal(
      codeOf(() => splitCompact(raw)),
      'A0U_TOKEN_MALFORMED',
      raw,
    )
  for (const raw of ['A.B.C.D.E', '....', 'AA..AA.AA.AA'])
    t.equal(
      codeOf(() => splitCompact(raw)),
      'A0U_TOKEN_ENCRYPTED',
      raw,
    )
  t.equal(
    codeOf(() => splitCompact(`AA.${'A'.repeat(16_378)}.AA`)),
    'accepted',
  )
  t.equal(
    codeOf(() => splitCompact('.'.repeat(16_385))),
    'A0U_TOKEN_TOO_LARGE',
  )
})

t.test('a segment decodes to a JSON object in valid UTF-8 or not at all', async t => {
  t.strictSame(decodeObject(encode({ a: 'é' })), { a: 'é' })
  const junk = ['', '{', '[]', 'null', '1', '"x"', '\ufeff{}', '{"a":1}x', '{a:1}']
  for (const text of junk)
    t.equal(
      codeOf(() => decodeObject(encode(text))),
      'A0U_TOKEN_MALFORMED',
      text,
    )
  const latin1 = Buffer.from('{"a":"é"}', 'latin1').toString('base64url')
  t.equal(
    codeOf(() => decodeObject(latin1)),
    'A0U_TOKEN_MALFORMED',
  )
  try {
    decodeObject(encode('{"secret'))
  } catch (error) {
    t.equal((error as Error).cause, undefined, "the parser's message quotes the token")
  }
})

t.test('inherited properties are never read', async t => {
  t.equal(own(Object.create({ kid: 'k' }), 'kid'), undefined)
  t.equal(own({ kid: 'k' }, 'kid'), 'k')
})

t.test('the header is checked before any key is looked at', async t => {
  const rules: HeaderRules = { algorithm: 'RS256', tokenType: 'any' }
  const read = (changes: object, given: HeaderRules = rules): string =>
    codeOf(() => readHeader(encode({ alg: 'RS256', kid: 'k', typ: 'JWT', ...changes }), given))
  t.equal(readHeader(encode({ alg: 'RS256', kid: 'k' }), rules), 'k')
  t.equal(readHeader(encode({ alg: 'HS256' }), { ...rules, algorithm: 'HS256' }), null)
  for (const alg of [
    'HS256',
    'none',
    'None',
    'rs256',
    'RS512',
    'PS256',
    '',
    null,
    undefined,
    ['RS256'],
    1,
    { RS256: true },
  ])
    t.equal(read({ alg }), 'A0U_TOKEN_ALGORITHM', String(alg))
  t.equal(read({}, { ...rules, algorithm: 'HS256' }), 'A0U_TOKEN_ALGORITHM')
  for (const kid of ['', null, undefined, 1, {}, ['k'], 'a\u0000', 'a\nb', '\u0085', '\ud800', 'x'.repeat(256)])
    t.equal(read({ kid }), 'A0U_TOKEN_KEY_ID', JSON.stringify(kid))
  for (const kid of ['x'.repeat(255), '../../etc/passwd', "' OR 1=1 --", '__proto__', 'constructor', 'é'])
    t.equal(read({ kid }), 'accepted', kid)
  for (const typ of [
    'JWT',
    'jwt',
    'application/jwt',
    'at+jwt',
    'AT+JWT',
    'application/at+jwt',
    'Application/AT+JWT',
    undefined,
  ])
    t.equal(read({ typ }), 'accepted', String(typ))
  for (const typ of [
    'id+jwt',
    'dpop+jwt',
    'logout+jwt',
    'JWS',
    'application/',
    '',
    null,
    1,
    ['JWT'],
    'jwt ',
    'x/application/jwt',
  ])
    t.equal(read({ typ }), 'A0U_TOKEN_TYPE', String(typ))
  for (const typ of ['JWT', undefined]) t.equal(read({ typ }, { ...rules, tokenType: 'at+jwt' }), 'A0U_TOKEN_TYPE')
  t.equal(read({ typ: 'application/at+jwt' }, { ...rules, tokenType: 'at+jwt' }), 'accepted')
  for (const cty of ['JWT', 'jwt', 'application/JWT']) t.equal(read({ cty }), 'A0U_TOKEN_ENCRYPTED')
  for (const extension of [{ crit: [] }, { crit: ['exp'] }, { crit: null }, { b64: false }, { b64: true }])
    t.equal(read(extension), 'A0U_TOKEN_CRITICAL_HEADER')
  t.equal(read({ jwk: {}, jku: 'http://x', x5u: 'http://x', x5c: [] }), 'accepted', 'never read')
  const inherited = encode('{"__proto__":{"alg":"RS256","kid":"k"}}')
  t.equal(
    codeOf(() => readHeader(inherited, rules)),
    'A0U_TOKEN_ALGORITHM',
  )
  t.equal(
    codeOf(() => readHeader(encode('{"alg":"RS256","__proto__":{"kid":"k"}}'), rules)),
    'A0U_TOKEN_KEY_ID',
  )
  const ofLength = (length: number): string => {
    const empty = JSON.stringify({ alg: 'RS256', kid: 'k', pad: '' }).length
    return encode({ alg: 'RS256', kid: 'k', pad: 'x'.repeat((length * 3) / 4 - empty) })
  }
  t.equal(ofLength(4096).length, 4096)
  t.equal(
    codeOf(() => readHeader(ofLength(4096), rules)),
    'accepted',
  )
  t.equal(
    codeOf(() => readHeader(ofLength(4100), rules)),
    'A0U_TOKEN_TOO_LARGE',
  )
  const wrongType = encode({ alg: 'RS256', kid: 'k', typ: 'id+jwt' })
  t.throws(() => readHeader(wrongType, rules), { cause: new Error('expected type: JWT or at+jwt') })
  t.throws(() => readHeader(wrongType, { ...rules, tokenType: 'at+jwt' }), {
    cause: new Error('expected type: at+jwt'),
  })
})

const rules: ClaimsRules = {
  issuer: {
    issuer: 'https://tenant.eu.auth0.com/',
    audience: ['https://api.example.com', 'https://second.example.com'],
  },
  clockTolerance: 5,
  dpop: 'accept',
}
const good = {
  iss: rules.issuer.issuer,
  aud: 'https://api.example.com',
  sub: 'auth0|1',
  iat: seconds,
  exp: seconds + 60,
}

function check(changes: object, given: ClaimsRules = rules): string {
  // Through JSON, as a token is: undefined removes a claim.
  return codeOf(() => checkClaims(JSON.parse(JSON.stringify({ ...good, ...changes })), given, now))
}

t.test('required claims must be there, of their own and of their type', async t => {
  t.equal(check({}), 'accepted')
  for (const claim of ['iss', 'aud', 'sub', 'iat', 'exp']) {
    t.equal(check({ [claim]: undefined }), 'A0U_TOKEN_CLAIMS', `${claim} is missing`)
    const inherited = JSON.parse(`{"__proto__":{"${claim}":1}}`)
    const { [claim]: _, ...rest } = good as Record<string, unknown>
    t.equal(
      codeOf(() => checkClaims({ ...rest, ...inherited }, rules, now)),
      'A0U_TOKEN_CLAIMS',
    )
  }
  for (const value of [null, '', 1, true, ['https://tenant.eu.auth0.com/'], {}])
    t.equal(check({ iss: value }), 'A0U_TOKEN_CLAIMS')
  for (const value of [null, 1, {}, [], [1], ['https://api.example.com', 1], [['https://api.example.com']], [null]])
    t.equal(check({ aud: value }), 'A0U_TOKEN_CLAIMS', JSON.stringify(value))
  for (const claim of ['iat', 'exp', 'nbf'])
    for (const value of [null, '1800000060', '', true, [seconds], {}])
      t.equal(check({ [claim]: value }), 'A0U_TOKEN_CLAIMS', claim)
  for (const claim of ['iat', 'exp', 'nbf']) {
    const text = JSON.stringify({ ...good, [claim]: 'HERE' }).replace('"HERE"', claim === 'exp' ? '1e400' : '-1e400')
    t.equal(
      codeOf(() => checkClaims(JSON.parse(text), rules, now)),
      'A0U_TOKEN_CLAIMS',
      `${claim} is infinite`,
    )
  }
})

t.test('issuer and audience are compared exactly', async t => {
  for (const iss of [
    'https://tenant.eu.auth0.com',
    'http://tenant.eu.auth0.com/',
    'https://TENANT.eu.auth0.com/',
    'https://tenant.eu.auth0.com//',
    ' https://tenant.eu.auth0.com/',
  ])
    t.equal(check({ iss }), 'A0U_TOKEN_ISSUER', iss)
  for (const aud of ['https://second.example.com', ['x', 'https://api.example.com']])
    t.equal(check({ aud }), 'accepted')
  for (const aud of ['', 'https://api.example.com/', 'https://API.example.com', ['x'], ['']])
    t.equal(check({ aud }), 'A0U_TOKEN_AUDIENCE')
  t.equal(statedIssuer({ iss: 'x' }), 'x')
  t.equal(
    codeOf(() => statedIssuer({})),
    'A0U_TOKEN_CLAIMS',
  )
  for (const aud of [
    'https://second.example.com',
    ['other', 'https://second.example.com'],
    ['https://api.example.com'],
  ]) {
    t.strictSame(checkClaims({ ...good, aud }, rules, now).claims.aud, aud, 'the audience stays as it was signed')
  }
  t.throws(() => checkClaims({ ...good, aud: 'x' }, rules, now), {
    cause: new Error('expected audience: https://api.example.com or https://second.example.com'),
  })
})

t.test('times are exact to the millisecond, with the tolerance once', async t => {
  t.equal(check({ exp: seconds - 5 }), 'A0U_TOKEN_EXPIRED')
  t.equal(check({ exp: seconds - 4.999 }), 'accepted')
  t.equal(checkClaims({ ...good, exp: seconds + 1 }, rules, now).validUntil, now + 6000)
  t.equal(check({ exp: 0 }), 'A0U_TOKEN_EXPIRED')
  t.equal(check({ exp: -1 }), 'A0U_TOKEN_EXPIRED')
  t.equal(check({ exp: 1e300 }), 'accepted')
  for (const claim of ['iat', 'nbf']) {
    t.equal(check({ [claim]: seconds + 5 }), 'accepted')
    t.equal(check({ [claim]: seconds + 5.001 }), 'A0U_TOKEN_NOT_YET_VALID')
    t.equal(check({ [claim]: 0 }), 'accepted')
  }
})

t.test('a subject is text that can name a person', async t => {
  const usable = [
    'auth0|1',
    'samlp|conn|id',
    'x',
    'é',
    '名前',
    '😀'.repeat(255),
    'x'.repeat(255),
    '__proto__',
    'abc@clients',
    "a' OR 1=1",
  ]
  for (const sub of usable) t.equal(check({ sub }), 'accepted', sub.slice(0, 20))
  const unusable = [
    '',
    ' ',
    '\u3000',
    'a\u0000',
    '\t',
    'a\nb',
    'a\u007f',
    'a\u0085',
    '\ud800',
    'a\udc00b',
    'x'.repeat(256),
    '😀'.repeat(256),
  ]
  for (const sub of unusable) t.equal(check({ sub }), 'A0U_TOKEN_SUBJECT', JSON.stringify(sub).slice(0, 20))
  for (const sub of [null, 1, true, {}, ['auth0|1']]) t.equal(check({ sub }), 'A0U_TOKEN_SUBJECT', JSON.stringify(sub))
})

t.test('a confirmation claim binds the token to a key', async t => {
  t.equal(checkClaims({ ...good, cnf: { jkt: 'thumb' } }, rules, now).jkt, 'thumb')
  t.equal(checkClaims(good, rules, now).jkt, null)
  t.equal(checkClaims({ ...good, cnf: {} }, rules, now).jkt, null)
  for (const cnf of [null, 'x', 1, [], { jkt: '' }, { jkt: 1 }, { jkt: null }, { jkt: ['x'] }])
    t.equal(check({ cnf }), 'A0U_TOKEN_CLAIMS', JSON.stringify(cnf))
  t.equal(check({ cnf: { 'x5t#S256': 'x' } }), 'A0U_TOKEN_BOUND', 'bound to a certificate that nobody here checks')
  t.equal(check({ cnf: { 'x5t#S256': 'x' } }, { ...rules, dpop: 'off' }), 'accepted')
})

t.test('the log is told what is wrong with claims where the code leaves it open, and nothing else', async t => {
  const refusals: [object, string, string | undefined][] = [
    [{ iss: undefined }, 'A0U_TOKEN_CLAIMS', 'claim: iss'],
    [{ sub: undefined }, 'A0U_TOKEN_CLAIMS', 'claim: sub'],
    [{ aud: 1 }, 'A0U_TOKEN_CLAIMS', 'claim: aud'],
    [{ exp: '1' }, 'A0U_TOKEN_CLAIMS', 'claim: exp'],
    [{ iat: -1 }, 'A0U_TOKEN_CLAIMS', 'iat lies before the epoch'],
    [{ iat: seconds + 60 }, 'A0U_TOKEN_NOT_YET_VALID', 'iat lies in the future'],
    [{ nbf: seconds + 60 }, 'A0U_TOKEN_NOT_YET_VALID', undefined],
    [{ exp: 1 }, 'A0U_TOKEN_EXPIRED', undefined],
    [{ sub: ' ' }, 'A0U_TOKEN_SUBJECT', undefined],
    [{ sub: 'x'.repeat(256) }, 'A0U_TOKEN_SUBJECT', undefined],
    [{ iss: 'x' }, 'A0U_TOKEN_ISSUER', 'expected issuer: https://tenant.eu.auth0.com/'],
    [{ cnf: 'x' }, 'A0U_TOKEN_CLAIMS', 'cnf must be an object'],
    [{ cnf: { jkt: 1 } }, 'A0U_TOKEN_CLAIMS', 'claim: jkt'],
    [{ cnf: { x: 1 } }, 'A0U_TOKEN_BOUND', 'cnf without jkt'],
    [{ events: { 'urn:x': {} } }, 'A0U_TOKEN_TYPE', 'a security event token'],
  ]
  for (const [changes, code, reason] of refusals) {
    try {
      checkClaims(JSON.parse(JSON.stringify({ ...good, ...changes })), rules, now)
      t.fail('refused')
    } catch (error) {
      const { code: given, cause } = error as Auth0UsersError
      t.strictSame([given, cause instanceof Error ? cause.message : cause], [code, reason])
    }
  }
})

t.test('claims are frozen to any depth', async t => {
  const nested = JSON.parse(`${'{"a":'.repeat(1500)}[{"b":[]}]${'}'.repeat(1500)}`)
  const { claims } = checkClaims({ ...good, nested, list: [{ x: {} }] }, rules, now)
  t.ok(Object.isFrozen(claims))
  t.ok(Object.isFrozen((claims['list'] as [{ x: object }])[0].x))
  let depth = 0
  for (let value = claims['nested']; typeof value === 'object' && value !== null; value = Object.values(value)[0]) {
    if (!Object.isFrozen(value)) t.fail(`not frozen at depth ${depth}`)
    depth++
  }
  t.equal(depth, 1503)
  const polluted = checkClaims(
    JSON.parse(JSON.stringify(good).replace('{', '{"__proto__":{"admin":true},')),
    rules,
    now,
  )
  t.equal((polluted.claims as { admin?: boolean }).admin, undefined)
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

t.test('of headers only those that passed are remembered, and no more than a few of them', t => {
  const read = createHeaderReader({ algorithm: 'RS256', tokenType: 'any' })
  const header = (kid: string, alg = 'RS256') => encode({ alg, kid, typ: 'JWT' })
  for (let round = 0; round < 2; round++) {
    t.equal(read(header('k')), 'k')
    t.throws(() => read(header('k', 'HS256')), { code: 'A0U_TOKEN_ALGORITHM' })
    for (let n = 0; n < 200; n++) t.equal(read(header(`other-${n}`)), `other-${n}`)
  }
  t.end()
})
