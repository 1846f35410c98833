import t from 'tap'
import { type ClaimsOptions, claimedPermissions, createMapper } from '#plugin/claims/mapping.js'
import { principalOf } from '#plugin/claims/principal.js'
import { distinctUsername, pipeToDot } from '#plugin/claims/username.js'
import type { VerifiedClaims } from '#plugin/token/types.js'

const claims = (extra: Record<string, unknown> = {}): VerifiedClaims => ({
  iss: 'https://tenant.example/',
  sub: 'auth0|1',
  aud: 'api',
  exp: 2,
  iat: 1,
  ...extra,
})
const map = (extra: Record<string, unknown>, options: ClaimsOptions = {}) => createMapper(options)(claims(extra))

t.test('machines and anonymous sessions are told from people', async t => {
  t.equal(principalOf(claims()), 'user')
  t.equal(principalOf(claims({ sub: 'abc@clients' })), 'machine')
  t.equal(principalOf(claims({ gty: 'client-credentials' })), 'machine')
  t.equal(principalOf(claims({ gty: 'password' })), 'user')
  t.equal(principalOf(claims({ sub: 'anon@xyz' })), 'anonymous')
  t.equal(principalOf(claims({ sub: 'auth0|a@clients.example' })), 'user', 'only the end of the sub counts')
  t.equal(
    principalOf(claims({ sub: 'samlp|corp|joe@clients' })),
    'user',
    'I8: a connection may choose what follows a pipe',
  )
  t.equal(principalOf(claims({ sub: 'samlp|corp|joe@clients', azp: 'samlp|corp|joe' })), 'user')
  t.equal(principalOf(claims({ sub: 'samlp|corp|joe@clients', gty: 'client-credentials' })), 'machine')
  t.equal(principalOf(claims({ sub: 'abc@clients', azp: 'abc' })), 'machine')
  t.equal(principalOf(claims({ sub: 'abc@clients', client_id: 'abc' })), 'machine', 'RFC 9068 profile')
  t.equal(principalOf(claims({ sub: 'abc@clients', azp: 'other' })), 'user', 'another client got the token')
  t.equal(principalOf(claims({ sub: 'oidc|x|anon@y' })), 'user')
})

t.test('every pipe of a sub becomes a dot, and a collision gets a name of its own', async t => {
  t.equal(pipeToDot('auth0|123'), 'auth0.123')
  t.equal(pipeToDot('samlp|conn|id'), 'samlp.conn.id')
  t.equal(distinctUsername('auth0.a.b', 'auth0|a.b'), distinctUsername('auth0.a.b', 'auth0|a.b'))
  t.not(distinctUsername('auth0.a.b', 'auth0|a.b'), distinctUsername('auth0.a.b', 'auth0|a|b'))
})

t.test('the standard claims fill the columns by default', async t => {
  const { fields, ignored } = map({ email: 'a@x.test', email_verified: true, given_name: 'Ann', family_name: 'Bee' })
  t.strictSame(fields, { email: 'a@x.test', email_verified: true, first_name: 'Ann', last_name: 'Bee' })
  t.strictSame(ignored, [])
})

t.test('an absent, null or empty claim fills nothing and is not reported', async t => {
  t.strictSame(map({ email: null, given_name: '' }), { fields: {}, ignored: [] })
})

t.test('an unusable claim is ignored and reported, and the rest is kept', async t => {
  for (const email of [
    1,
    {},
    [],
    true,
    'no at sign',
    'a b@x.test',
    `${'x'.repeat(260)}@x.test`,
    'a\u0000@x.test',
    'a\ud800@x.test',
  ]) {
    t.strictSame(map({ email, given_name: 'Ann' }), { fields: { first_name: 'Ann' }, ignored: ['email'] })
  }
  t.strictSame(map({ email_verified: 'true' }).ignored, ['email_verified'])
  t.strictSame(map({ given_name: 'A\u0000' }).ignored, ['first_name'])
  t.strictSame(map({ given_name: '   ' }).ignored, ['first_name'])
})

t.test('a name is cut at 150 code points, never inside one', async t => {
  t.equal(map({ given_name: 'x'.repeat(151) }).fields.first_name?.length, 150)
  const cut = map({ given_name: '😀'.repeat(151) }).fields.first_name ?? ''
  t.equal([...cut].length, 150)
  t.ok(cut.isWellFormed())
  for (const given_name of ['x', 'x'.repeat(150), '😀'.repeat(150), 'two\nlines']) {
    t.equal(map({ given_name }).fields.first_name, given_name, 'one that fits stays as it is')
  }
})

t.test('a mapping may name a claim exactly, several in order, a path, or compute', async t => {
  const namespaced = { 'https://acme.example/email': 'n@x.test' }
  t.equal(map(namespaced, { email: ['https://acme.example/email', 'email'] }).fields.email, 'n@x.test')
  t.equal(map({ email: 'p@x.test' }, { email: ['https://acme.example/email', 'email'] }).fields.email, 'p@x.test')
  t.equal(
    map({ person: { name: { first: 'Ann' } } }, { first_name: { path: ['person', 'name', 'first'] } }).fields
      .first_name,
    'Ann',
  )
  t.equal(map({ 'person.name': 'Dotted' }, { first_name: 'person.name' }).fields.first_name, 'Dotted')
  t.equal(
    map({ given_name: 'ann' }, { first_name: c => String(c['given_name']).toUpperCase() }).fields.first_name,
    'ANN',
  )
})

t.test('only own properties are read', async t => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    t.strictSame(map({}, { first_name: name }), { fields: {}, ignored: [] }, name)
  }
  t.strictSame(map({ a: {} }, { first_name: { path: ['a', 'constructor', 'name'] } }).fields, {})
  t.strictSame(map({ a: 'text' }, { first_name: { path: ['a', 'length'] } }), { fields: {}, ignored: [] }, 'of a text')
  t.strictSame(map({ a: null }, { first_name: { path: ['a', 'b'] } }), { fields: {}, ignored: [] }, 'of null')
})

t.test('a mapping function that throws is a fault of the host', async t => {
  const broken = { first_name: () => JSON.parse('{') as unknown }
  t.throws(() => map({}, broken), { code: 'A0U_HOOK_FAILED', statusCode: 500 })
})

t.test('permissions of a token are read only from the claim that the host named', async t => {
  const token = claims({ permissions: ['a.b', 3, null, 'c.d'], scope: 'a.b' })
  t.strictSame(claimedPermissions(token, undefined), [])
  t.strictSame(claimedPermissions(token, 'permissions'), ['a.b', 'c.d'])
  t.strictSame(claimedPermissions(token, 'scope'), [], 'a scope string is never a grant')
})
