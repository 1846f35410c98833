import fc from 'fast-check'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import t from 'tap'
import type { TokenFaults } from '#plugin/testing/index.js'
import { expectQuietLogs, remember } from './support/expected.ts'
import { type Answer, sendRaw } from './support/http.ts'
import { startTarget } from './support/target.ts'

/** Whatever arrives: an answer that is no 5xx, in time, and nothing accepted that `jose` refuses by the same rules. */

const target = await startTarget(t)
const { issuer, clock } = target
const now = clock.now() / 1000
const keys = createLocalJWKSet(issuer.keySet() as unknown as JSONWebKeySet)

const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', onRejection)
t.teardown(() => process.off('unhandledRejection', onRejection))

async function joseAccepts(token: string): Promise<boolean> {
  const rules = {
    ...{ issuer: issuer.issuer, audience: String(issuer.audience), algorithms: ['RS256'], clockTolerance: 5 },
    ...{ requiredClaims: ['exp', 'iat', 'iss', 'aud', 'sub'], currentDate: new Date(clock.now()) },
  }
  return await jwtVerify(token, keys, rules).then(
    () => true,
    () => false,
  )
}

/** 4xx refusals carry a code; 403 and 409 are for people whose token was accepted. */
function isOrderly({ status, code }: Answer): boolean {
  return status === 200 || (status >= 400 && status < 500 && (code !== undefined || status === 400))
}

let accepted = 0

async function judge(token: string): Promise<void> {
  remember(token)
  const answer = await target.bearer(token)
  if (!isOrderly(answer)) throw new Error(`${answer.status}: ${answer.text}`)
  if (answer.status !== 200 && answer.status !== 409) return
  accepted += 1
  if (!(await joseAccepts(token))) throw new Error('accepted, though jose refuses it')
}

const bytes = fc.uint8Array({ maxLength: 200 })
const signWith: fc.Arbitrary<TokenFaults['signWith']> = fc.constantFrom(
  ...(['current-key', 'current-key', 'current-key', 'other-key', 'public-key-as-secret', 'nothing'] as const),
)

/** Mostly right, so that the checks behind the first one are reached too. */
const mostly = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong })

const anything = fc.jsonValue({ maxDepth: 3 })
const time = (least: number, most: number): fc.Arbitrary<unknown> =>
  mostly(
    fc.oneof(fc.integer({ min: now + least, max: now + most }), fc.double({ min: now + least, max: now + most })),
    anything,
  )

/** Left out as a rule, since any of them is refused: JSON.stringify drops what is undefined. */
const seldom = (wrong: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => mostly(fc.constant(undefined), wrong)

const header = fc.record(
  {
    alg: mostly(fc.constant('RS256'), fc.oneof(fc.constantFrom('none', 'HS256', 'PS256', 'rs256'), anything)),
    typ: mostly(fc.constantFrom('JWT', 'at+jwt'), anything),
    kid: mostly(fc.constant(issuer.key.kid), anything),
    cty: anything,
    crit: seldom(anything),
    b64: seldom(fc.boolean()),
    jwk: anything,
    x5c: anything,
  },
  { requiredKeys: ['alg', 'kid', 'crit', 'b64'] },
)

const payload = fc.record(
  {
    iss: mostly(fc.constant(issuer.issuer), anything),
    aud: mostly(fc.constantFrom(issuer.audience, [issuer.audience, 'x']), anything),
    sub: mostly(
      fc.constantFrom('auth0|a', 'auth0|b', 'm@clients', 'anon@x'),
      fc.oneof(fc.string({ unit: 'binary' }), anything),
    ),
    exp: time(-20, 100),
    iat: time(-100, 20),
    nbf: time(-100, 20),
    cnf: seldom(anything),
    email: mostly(fc.constant('someone@example.test'), anything),
    given_name: mostly(fc.string(), anything),
    constructor: anything,
    gty: anything,
  },
  { requiredKeys: ['iss', 'aud', 'sub', 'exp', 'iat', 'cnf'] },
)

/** Few runs that say much: each is a request over TCP and, as a rule, an RSA signature. */
const few = { numRuns: 300, endOnFailure: true }

t.test('arbitrary bytes as header and payload, signed with the real key or not', async t => {
  await fc.assert(
    fc.asyncProperty(bytes, bytes, signWith, async (rawHeader, rawPayload, by = 'current-key') => {
      await judge(await issuer.token({}, { rawHeader, rawPayload, signWith: by }))
    }),
    few,
  )
  t.pass('held')
})

t.test('arbitrary bytes as payload under a good header and signature', async t => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, fc.json().map(Buffer.from)), async rawPayload => {
      await judge(await issuer.token({}, { rawPayload }))
    }),
    few,
  )
  t.pass('held')
})

t.test('headers and claims of every type, mostly right, signed with the real key or not', async t => {
  const before = accepted
  await fc.assert(
    fc.asyncProperty(header, payload, signWith, async (given, claims, by = 'current-key') => {
      const raw = { rawHeader: JSON.stringify(given), rawPayload: JSON.stringify(claims) }
      await judge(await issuer.token({}, { ...raw, signWith: by }))
    }),
    { ...few, numRuns: 1000 },
  )
  t.ok(accepted - before > 20, `${accepted - before} tokens were accepted by both`)
})

t.test('a good token with some characters changed, added or taken away', async t => {
  const token = await issuer.token({ sub: 'auth0|a' })
  const edit = fc.tuple(fc.nat(token.length), fc.nat(3), fc.stringMatching(/^[\x21-\x7e]{0,3}$/))
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async edits => {
      await judge(edits.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), token))
    }),
    few,
  )
  t.pass('held')
})

t.test('arbitrary bytes as the value of the Authorization header', async t => {
  const token = await issuer.token({ sub: 'auth0|a' })
  const byte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
  const value = fc.array(fc.oneof(byte, fc.constantFrom('Bearer ', 'DPoP ', 'Basic ', ',', token)), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(value, async parts => {
      // A line end would start another header, or the body.
      const answer = await sendRaw(target.origin, [`Authorization: ${parts.join('').replace(/[\r\n]/g, '')}`])
      if (!isOrderly(answer)) throw new Error(`${answer.status}: ${answer.text}`)
    }),
    few,
  )
  t.pass('held')
})

t.test('no promise was left to itself, and the server still answers', async t => {
  t.strictSame(rejections, [])
  t.equal((await target.bearer(await issuer.token({ sub: 'auth0|a' }))).status, 200)
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, [target]))
