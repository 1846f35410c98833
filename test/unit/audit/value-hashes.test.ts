import { createHmac } from 'node:crypto'
import t from 'tap'
import { createValueHasher } from '#plugin/audit/value-hashes.js'
import { Auth0UsersError, type Fault } from '#plugin/errors.js'
import { auditValueHash } from '#plugin/index.js'
import { checkOptions } from '#plugin/lib/option-check.js'
import { type Auth0UsersOptions, resolveOptions } from '#plugin/options/options.js'
import { privacySchema, resolvePrivacyOptions } from '#plugin/privacy/options.js'
import { valuesOf } from '#plugin/profile/merge.js'

const key = 'a key of the tests, 32 characters+'
const ann = '00000000-0000-4000-8000-00000000000a'
const bob = '00000000-0000-4000-8000-00000000000b'

t.test('a hash is HMAC-SHA-256 over the canonical JSON of person, field and value', async t => {
  const text = `["${ann}","profile_data.address",{"a":[1,{"c":null,"d":"é"}],"b":true}]`
  const expected = createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)
  const value = { b: true, a: [1, { d: 'é', c: null }] }
  t.equal(auditValueHash(key, ann, 'profile_data.address', value), expected)
  t.match(expected, /^[\w-]{22}$/)
  t.equal(auditValueHash(key, ann, 'profile_data.address', { a: [1, { c: null, d: 'é' }], b: true }), expected)
  t.equal(auditValueHash(key, ann, 'first_name', 'Ann'), '7pcgOPAHxqh86zyZTKny_B', 'written down')
})

t.test('another key, person, field or value is another hash', async t => {
  const hashes = [
    auditValueHash(key, ann, 'first_name', 'Ann'),
    auditValueHash(`${key}!`, ann, 'first_name', 'Ann'),
    auditValueHash(key, bob, 'first_name', 'Ann'),
    auditValueHash(key, ann, 'last_name', 'Ann'),
    auditValueHash(key, ann, 'first_name', 'ann'),
    auditValueHash(key, ann, 'first_name', ['Ann']),
    auditValueHash(key, ann, 'first_name', { Ann: 1 }),
    auditValueHash(key, ann, 'first_name', '1'),
    auditValueHash(key, ann, 'first_name', 1),
    auditValueHash(key, ann, 'first_name', null),
    auditValueHash(key, ann, 'first_name', 'null'),
    auditValueHash(key, ann, 'first_name', [1, 2]),
    auditValueHash(key, ann, 'first_name', [2, 1]),
    auditValueHash(key, ann, 'a","b', 'c'),
    auditValueHash(key, ann, 'a', 'b","c'),
    auditValueHash(key, ann, 'first_name', JSON.parse('{"__proto__":1}')),
    auditValueHash(key, ann, 'first_name', {}),
  ]
  t.equal(new Set(hashes).size, hashes.length)
})

t.test('before and after are hashed for the fields that are named, absent ones are null', async t => {
  const before = { first_name: '', last_name: 'B', profile_data: { phone: '1', fax: null, 'a.b': 2 } }
  const after = { first_name: 'A', last_name: '', profile_data: { phone: '2' } }
  const fields = ['first_name', 'last_name', 'phone', 'fax', 'a.b', 'toString'].map((name, n) =>
    n < 2 ? name : `profile_data.${name}`,
  )
  const hash = (field: string, value: unknown) => auditValueHash(key, ann, field, value)
  t.strictSame(createValueHasher(key)(ann, fields, valuesOf(before), valuesOf(after)), {
    before: {
      first_name: null,
      last_name: hash('last_name', 'B'),
      'profile_data.phone': hash('profile_data.phone', '1'),
      'profile_data.fax': hash('profile_data.fax', null),
      'profile_data.a.b': hash('profile_data.a.b', 2),
      'profile_data.toString': null,
    },
    after: {
      first_name: hash('first_name', 'A'),
      last_name: null,
      'profile_data.phone': hash('profile_data.phone', '2'),
      'profile_data.fax': null,
      'profile_data.a.b': null,
      'profile_data.toString': null,
    },
  })
})

function faultsOf(audit: unknown): Fault[] {
  const faults: Fault[] = []
  checkOptions(privacySchema, { audit }, 'privacy', faults)
  return faults
}

t.test('the option: hashes with a key, or names only; the key is never shown', async t => {
  t.strictSame(faultsOf(undefined), [])
  t.equal(resolvePrivacyOptions({}).hashValues, null)
  t.strictSame(faultsOf({ values: 'hashes', key }), [])
  t.notMatch(JSON.stringify(resolvePrivacyOptions({ audit: { values: 'hashes', key } })), key)
  const short = key.slice(0, 31)
  const wrong: [given: unknown, fields: string[]][] = [
    [key, ['privacy.audit']],
    [null, ['privacy.audit']],
    [[key], ['privacy.audit']],
    [{}, ['privacy.audit.values', 'privacy.audit.key']],
    [{ values: 'hashes' }, ['privacy.audit.key']],
    [{ values: 'hashes', key: short }, ['privacy.audit.key']],
    [{ values: 'hashes', key: [key] }, ['privacy.audit.key']],
    [{ values: 'values', key }, ['privacy.audit.values']],
    [{ values: key, key: short }, ['privacy.audit.values', 'privacy.audit.key']],
    [{ values: 'hashes', key, [key]: key }, ['privacy.audit']],
  ]
  for (const [given, fields] of wrong) {
    const faults = faultsOf(given)
    t.strictSame(
      faults.map(({ field }) => field),
      fields,
    )
    t.notOk(JSON.stringify(faults).includes(short), 'no part of the key is shown')
  }
})

t.test('nor is it shown where it stands in the wrong place', async t => {
  const given = { domain: 'tenant.eu.auth0.com', audience: 'https://api', db: {} }
  for (const privacy of [key, { audit: key }, { audit: { values: 'hashes', key: key.slice(0, 31) } }]) {
    try {
      resolveOptions({ ...given, privacy } as unknown as Auth0UsersOptions)
      t.fail('must throw')
    } catch (error) {
      t.ok(error instanceof Auth0UsersError)
      const { message, faults } = error as Auth0UsersError
      t.ok(faults?.[0]?.field.startsWith('privacy'))
      t.notOk(`${message} ${JSON.stringify(faults)}`.includes(key.slice(0, 31)))
    }
  }
})
