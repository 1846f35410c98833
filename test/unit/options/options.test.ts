import { Type } from '@sinclair/typebox'
import t from 'tap'
import type { Auth0UsersError } from '#plugin/errors.js'
import { optionsFromEnv } from '#plugin/options/env.js'
import { type Auth0UsersOptions, resolveOptions } from '#plugin/options/options.js'

const db = { selectFrom: () => undefined }
const base: Auth0UsersOptions = { domain: 'tenant.eu.auth0.com', audience: 'https://api.example.com', db }
/** As a JavaScript host would pass it. */
const resolve = (options: Record<string, unknown>) => resolveOptions(options as unknown as Auth0UsersOptions)
const faultsOf = (options: Record<string, unknown>): string[] => {
  try {
    resolve(options)
    return []
  } catch (error) {
    return ((error as Auth0UsersError).faults ?? []).map(fault => fault.field)
  }
}

t.test('the documented defaults apply', async t => {
  const resolved = resolveOptions(base)
  t.match(resolved, {
    issuers: [{ issuer: 'https://tenant.eu.auth0.com/', audience: ['https://api.example.com'] }],
    jwks: { ttl: 3600, refreshAhead: 0.8, cooldown: 30, timeout: 5, maxStale: 86_400 },
    ...{ clockTolerance: 5, tokenType: 'any', dpop: 'accept', protect: 'all', test: null },
    users: { provision: true, update: 'changed', machine: 'principal', emailConflict: 'reject' },
    cache: { tokens: 10_000, users: 10_000, ttl: 5, changes: null },
  })
  t.ok(Object.isFrozen(resolved))
})

t.test("the host's object is not changed", async t => {
  const given = Object.freeze({ ...base, jwks: Object.freeze({ ttl: 60 }), users: Object.freeze({}) })
  t.doesNotThrow(() => resolveOptions(given))
  t.strictSame(Object.keys(given), ['domain', 'audience', 'db', 'jwks', 'users'])
})

t.test('an option that is present but undefined does not hide its default', async t => {
  t.equal(resolve({ ...base, jwks: { ttl: undefined }, cache: { tokens: undefined } }).jwks.ttl, 3600)
})

t.test('with a change feed people are kept for long, unless the host says how long', async t => {
  const changes = { listen: async () => async () => {} }
  t.equal(resolve({ ...base, cache: { changes } }).cache.ttl, 300)
  t.equal(resolve({ ...base, cache: { changes, ttl: 60 } }).cache.ttl, 60)
  t.equal(resolve({ ...base, cache: { ttl: 60 } }).cache.ttl, 60)
})

t.test('every fault is named in one error, with what was given and what is allowed', async t => {
  const wrong = { domain: 1, db: null, jwks: { ttl: -1 }, users: { provision: 'maybe' }, typo: true }
  t.strictSame(faultsOf(wrong).sort(), ['db', 'domain', 'jwks.ttl', 'typo', 'users.provision'])
  t.throws(() => resolve(wrong), {
    ...{ code: 'A0U_OPTIONS_INVALID', statusCode: 500 },
    message: /users\.provision: must be one of true, 'existing', false, but is 'maybe'/,
  })
})

t.test('what is required is asked for by name', async t => {
  t.strictSame(faultsOf({}).sort(), ['audience', 'db', 'domain'])
  t.strictSame(faultsOf({ db, issuers: [] }), ['issuers'])
  t.strictSame(faultsOf({ ...base, issuers: [{ domain: 'a.example', audience: 'x' }] }), ['issuers'])
})

t.test('no wrong value is silently replaced by a default', async t => {
  for (const wrong of [
    { audience: [] },
    { audience: '' },
    { clockTolerance: -1 },
    { clockTolerance: 301 },
    { clockTolerance: '5' },
    { clockTolerance: Number.NaN },
    { tokenType: 'jwt' },
    { dpop: true },
    { protect: false },
    { username: 'pipe' },
    { claims: { email: 3 } },
    { claims: { phone: 'phone' } },
    { cache: { tokens: 0 } },
    { cache: { tokens: 1.5 } },
    { cache: { changes: true } },
    { cache: { changes: {} } },
    { jwks: { refreshAhead: 0 } },
    { jwks: { refreshAhead: 1.1 } },
    { jwks: { timeout: Number.POSITIVE_INFINITY } },
    { hooks: { afterCreate: 'x' } },
    { hooks: { nope: () => {} } },
    { permissions: 'a.b' },
    { permissions: ['not a name'] },
    { test: {} },
    { tables: { prefix: 'Robert"; drop' } },
    { profile: true },
    { now: 5 },
  ]) {
    t.equal(faultsOf({ ...base, ...wrong }).length, 1, JSON.stringify(wrong))
  }
})

t.test('a domain is normalised to the issuer that Auth0 signs with', async t => {
  const issuerOf = (domain: string) => resolve({ ...base, domain }).issuers[0]?.issuer
  t.equal(issuerOf('Tenant.EU.auth0.com'), 'https://tenant.eu.auth0.com/')
  t.equal(issuerOf('https://tenant.eu.auth0.com'), 'https://tenant.eu.auth0.com/')
  t.equal(issuerOf('https://tenant.eu.auth0.com/'), 'https://tenant.eu.auth0.com/')
  t.equal(issuerOf('http://localhost:3001'), 'http://localhost:3001/')
  t.equal(issuerOf('http://127.0.0.1:3001/'), 'http://127.0.0.1:3001/')
  t.equal(issuerOf('http://[::1]:3001/'), 'http://[::1]:3001/')
})

t.test('an unusable domain is a fault', async t => {
  for (const domain of [
    ...[
      'http://tenant.eu.auth0.com',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'ftp://localhost',
    ],
    ...[':secret@tenant.example', 'tenant.example#x', 'tenant.example ', 'tenant\n.example'],
    ...['tenant.example/path', 'tenant.example?x=1', 'user@tenant.example', 'two words', 'https://', '///'],
  ]) {
    t.strictSame(faultsOf({ ...base, domain }), ['domain'], domain)
  }
})

t.test('several issuers stand for one tenant with custom domains', async t => {
  const { issuers } = resolve({
    db,
    issuers: [
      { domain: 'a.example', audience: 'x' },
      { domain: 'b.example', audience: ['x', 'y'] },
    ],
  })
  t.strictSame(issuers, [
    { issuer: 'https://a.example/', audience: ['x'] },
    { issuer: 'https://b.example/', audience: ['x', 'y'] },
  ])
})

t.test('the test mode is refused in production, and its secret is never repeated', async t => {
  const before = process.env['NODE_ENV']
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  const secret = 'hush-hush'.repeat(4)
  for (const mode of ['test', 'development']) {
    process.env['NODE_ENV'] = mode
    t.doesNotThrow(() => resolve({ ...base, test: { secret } }), mode)
    t.strictSame(faultsOf({ ...base, test: { secret: secret.slice(0, 31) } }), ['test.secret'], 'too short')
  }
  const methods = { basic: { users: { ann: { password: 'p' } } }, session: { insecureLoopback: true } }
  for (const mode of ['production', 'Production', 'staging', 'tests', ' test', '', undefined]) {
    if (mode === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = mode
    const refused = ['test', 'methods.basic', 'methods.session.insecureLoopback']
    t.strictSame(faultsOf({ ...base, test: { secret }, methods }), refused, `NODE_ENV=${mode}`)
    t.strictSame(faultsOf({ ...base, methods: { session: true, basic: false } }), [], 'nothing is named')
    t.throws(() => resolve({ ...base, test: { secret } }), { message: /set NODE_ENV to test or development/ })
  }
  const refusals = [{ secret: 'hush-hush', more: 1 }, { secret: ['hush-hush'] }].map(test => {
    try {
      return resolve({ ...base, test })
    } catch (error) {
      return String(error)
    }
  })
  t.match(refusals, [/more: is not a known option; known options: secret/, /test\.secret/])
  t.notMatch(refusals.join(), /hush-hush/)
})

t.test('the variables of the Django system are read', async t => {
  t.strictSame(optionsFromEnv({}), {})
  t.strictSame(optionsFromEnv({ AUTH_DOMAIN: 'd', AUTH_AUDIENCE: 'a', TEST_JWT_KEY: 's' }), {
    domain: 'd',
    audience: 'a',
    test: { secret: 's' },
  })
  t.strictSame(optionsFromEnv({ AUTH_DOMAIN: '', TEST_JWT_KEY: '' }), {})
  t.throws(() => optionsFromEnv({ NODE_ENV: 'production' }), {
    code: 'A0U_OPTIONS_INVALID',
    message: /AUTH_DOMAIN.*AUTH_AUDIENCE/,
  })
  const production = { NODE_ENV: 'production', AUTH_DOMAIN: 'd', AUTH_AUDIENCE: 'a' }
  t.strictSame(optionsFromEnv(production), { domain: 'd', audience: 'a' })
  t.throws(() => optionsFromEnv({ ...production, TEST_JWT_KEY: 's' }), {
    message: /TEST_JWT_KEY: is refused in production/,
  })
  t.throws(() => optionsFromEnv({ NODE_ENV: 'staging', TEST_JWT_KEY: 's' }), { message: /must be test or development/ })
})

t.test('the profile option is checked with the rest', async t => {
  const schema = Type.Object({ phone: Type.String() }, { additionalProperties: false })
  t.strictSame(faultsOf({ ...base, profile: { schema, required: ['phone'] } }), [])
  t.equal(faultsOf({ ...base, profile: { schema, required: ['fax'] } }).length, 1)
})
