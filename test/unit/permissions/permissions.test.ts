import t from 'tap'
import type { Fault } from '#plugin/errors.js'
import { createCatalogue, modelPermissions } from '#plugin/permissions/catalogue.js'
import { compileRequirement, type RouteRequirement } from '#plugin/permissions/requirement.js'
import { type Grants, heldBy, modelPermissionFor } from '#plugin/permissions/rules.js'
import type { User } from '#plugin/users/user.js'

const person = (flags: Partial<User> = {}): User => ({
  ...{ id: 'x', auth0_id: 'auth0|1', username: 'auth0.1', email: null, email_verified: false },
  ...{ first_name: '', last_name: '', profile_data: {}, last_login_at: null, tokens_valid_after: null },
  ...{ is_active: true, is_staff: false, is_superuser: false, is_platform: false, created_at: '', updated_at: '' },
  ...flags,
})
const grants = (user: User | null, permissions: string[] = [], claimed: string[] = []) => ({
  ...{ user, permissions: new Set(permissions), claimed: new Set(claimed) },
})
const holds = (given: Grants, permission: string) => heldBy(given)?.has(permission) ?? true
const compile = (given: unknown, methods = ['GET']) => {
  const faults: Fault[] = []
  const catalogue = createCatalogue(['a.b', ...modelPermissions('store.asset')], faults)
  return { requirement: compileRequirement(given as RouteRequirement, methods, catalogue, faults), faults }
}

t.test('a model has the four permissions of Django', async t => {
  t.strictSame(modelPermissions('store.asset'), [
    ...['store.view_asset', 'store.add_asset', 'store.change_asset', 'store.delete_asset'],
  ])
  t.throws(() => modelPermissions('Store Asset.x'), TypeError)
})

t.test('the HTTP method decides which permission of a model is needed, and an unknown one is denied', async t => {
  const table = { GET: 'view', HEAD: 'view', POST: 'add', PUT: 'change', PATCH: 'change', DELETE: 'delete' }
  for (const [method, action] of Object.entries(table)) {
    t.equal(modelPermissionFor('store.asset', method), `store.${action}_asset`, method)
  }
  for (const method of ['TRACE', 'PROPFIND', 'get', '']) t.equal(modelPermissionFor('store.asset', method), undefined)
})

t.test('a permission is held by grant, by claim or by a superuser, and never by an inactive person', async t => {
  t.equal(holds(grants(person()), 'a.b'), false)
  t.equal(holds(grants(person(), ['a.b']), 'a.b'), true)
  t.equal(holds(grants(person(), [], ['a.b']), 'a.b'), true)
  t.equal(holds(grants(person({ is_superuser: true })), 'a.b'), true)
  t.equal(holds(grants(person({ is_superuser: true, is_active: false }), ['a.b'], ['a.b']), 'a.b'), false)
  t.equal(holds(grants(person({ is_staff: true })), 'a.b'), false, 'staff alone holds nothing')
  t.equal(holds(grants(null, [], ['a.b']), 'a.b'), true, 'a machine by its claims')
})

t.test('malformed permission names are faults of the catalogue', async t => {
  const faults: Fault[] = []
  createCatalogue(['ok.name', 'nodot', 'Upper.case', 'a.b.c', ''], faults)
  t.equal(faults.length, 4)
})

t.test('names of Auth0 are names of the catalogue, within the form of a scope-token', async t => {
  const faults: Fault[] = []
  const long = `read:${'a'.repeat(145)}`
  const catalogue = createCatalogue(['read:reports', 'READ:v1/reports.all-of_them', 'a:b:c', long], faults)
  t.strictSame(faults, [])
  t.ok(catalogue.has('read:reports') && catalogue.has(long))
  createCatalogue(
    ['read: reports', 'read:"x"', 'read:\\x', 'read:é', `${long}a`, 'read:\0', 'read:\n', ' read:x'],
    faults,
  )
  t.equal(faults.length, 8)
})

t.test('a declaration is checked against the catalogue', async t => {
  t.strictSame(compile({}).faults, [])
  t.strictSame(
    compile({ permissions: 'a.b', anyPermission: ['store.view_asset'], model: 'store.asset', staff: true }).faults,
    [],
  )
  for (const wrong of [
    { permissions: 'a.c' },
    { permissions: ['a.b', 3] },
    { anyPermission: ['nope'] },
    { anyPermission: [] },
    { model: 'store.other' },
    { staff: 'yes' },
    { principal: 'robot' },
    { permission: 'a.b' },
  ]) {
    t.equal(compile(wrong).faults.length, 1, JSON.stringify(wrong))
  }
})

t.test('a model route knows its permission for each of its HTTP methods', async t => {
  const { requirement } = compile({ model: 'store.asset' }, ['GET', 'DELETE', 'PROPFIND'])
  t.strictSame(
    [...(requirement.byMethod ?? [])],
    [
      ['GET', 'store.view_asset'],
      ['DELETE', 'store.delete_asset'],
    ],
  )
})

t.test('a route names ways to sign in, a complete profile and an object rule', async t => {
  const check = () => true
  const { requirement, faults } = compile({ methods: ['jwt', 'token'], profile: 'complete', check })
  t.strictSame(faults, [])
  t.match(requirement, { methods: ['jwt', 'token'], completeProfile: true, check })
  t.match(compile({}).requirement, { methods: null, completeProfile: false, check: null })
  t.strictSame(compile({ methods: 'session' }).requirement.methods, ['session'])
  const wrong = [{ methods: 'cookie' }, { methods: [] }, { profile: true }, { check: 'yes' }, { principal: [] }]
  for (const given of wrong) t.equal(compile(given).faults.length, 1, JSON.stringify(given))
})

t.test('nobody holds more than the scopes of the credential they came with', async t => {
  const scopes = new Set(['a.b'])
  const both = ['a.b', 'a.c']
  t.equal(holds({ ...grants(person(), both), scopes }, 'a.b'), true)
  t.equal(holds({ ...grants(person(), both), scopes }, 'a.c'), false)
  t.equal(holds({ ...grants(person()), scopes }, 'a.b'), false, 'a scope grants nothing')
  t.equal(holds({ ...grants(person({ is_superuser: true })), scopes }, 'a.c'), false)
  t.equal(holds({ ...grants(person(), both), scopes: null }, 'a.c'), true)
  t.strictSame(heldBy({ ...grants(person(), ['a.b'], ['a.c']), scopes }), scopes, 'of granted and claimed ones alike')
})
