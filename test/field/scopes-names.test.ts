import t from 'tap'
import { permissions as declared, staffApp } from '../integration/admin/staff.ts'

/* Permission names of Auth0's form, everywhere that a permission is named. */

const permissions = [...declared, 'read:reports', 'write:v1/reports', 'reports.view_report'] as never[]

t.test('a name of Auth0 is granted, held, grouped, exported as any other', async t => {
  const staff = await staffApp(t, {
    plugin: { permissions, methods: { token: true } },
    routes: app => {
      app.get('/reports', { config: { auth: { permissions: 'read:reports' } } }, () => 'in')
      app.get('/any', { config: { auth: { anyPermission: ['write:v1/reports', 'read:reports'] } } }, () => 'in')
    },
  })
  const { app, bearer, database } = staff
  const boss = await staff.somebody({ is_staff: true, is_superuser: true })
  const ann = await staff.somebody()
  const authorization = await bearer({ sub: ann.sub, email: 'p2@example.test' })
  const get = (url: string, header = authorization) => app.inject({ url, headers: { authorization: header } })
  t.match(await get('/reports'), { statusCode: 403 })

  const path = (name: string) => `/users/${ann.id}/permissions/${encodeURIComponent(name)}`
  t.match(await boss.send('PUT', path('write:v1/reports')), { status: 204 })
  t.match(await get('/any'), { statusCode: 200 })
  t.match(await boss.send('PUT', path('read:report')), { status: 400, body: { code: 'A0U_BODY_INVALID' } })
  t.match(await boss.send('DELETE', path('write:v1/reports')), { status: 204 })
  t.match(await get('/any'), { statusCode: 403 })

  const group = await staff.group('Readers')
  t.match(await boss.send('PUT', `/groups/${group}/permissions`, { permissions: ['read:reports'] }), { status: 200 })
  t.match(await boss.send('PUT', `/users/${ann.id}/groups/${group}`), { status: 204 })
  t.match(await get('/reports'), { statusCode: 200 })
  t.ok((await boss.send('GET', '/permissions')).body.items.includes('read:reports'))

  const scopes = ['read:reports'] as never[]
  const { text } = await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'one', scopes })
  t.match(await get('/reports', `Token ${text}`), { statusCode: 200 })
  const audited = await database.db.selectFrom('accounts_audit').select('detail').execute()
  t.ok(audited.some(({ detail }) => (detail as { permission?: string }).permission === 'write:v1/reports'))
})

t.test('names of the permissions claim are translated; the catalogue stays the limit', async t => {
  const { app, bearer } = await staffApp(t, {
    plugin: {
      permissions,
      claims: {
        permissions: 'permissions',
        permissionNames: { 'read:all': 'reports.view_report', toString: 'read:reports' } as never,
      },
    },
    routes: app => {
      app.get('/django', { config: { auth: { permissions: 'reports.view_report' } } }, () => 'in')
      app.get('/auth0', { config: { auth: { permissions: 'read:reports' } } }, () => 'in')
    },
  })
  const ask = async (url: string, names: unknown) =>
    (await app.inject({ url, headers: { authorization: await bearer({ permissions: names }) } })).statusCode
  t.equal(await ask('/django', ['read:all']), 200)
  t.equal(await ask('/auth0', ['read:all']), 403)
  t.equal(await ask('/auth0', ['read:reports']), 200, 'a name that is not listed stands for itself')
  t.equal(await ask('/auth0', ['toString']), 200, 'an own property of the option')
  for (const hostile of [
    ['constructor'],
    ['__proto__'],
    ['read:al'],
    'read:all',
    { 0: 'read:all' },
    [['read:all']],
    7,
  ]) {
    t.equal(await ask('/django', hostile), 403, JSON.stringify(hostile))
  }
})

t.test('translations are checked when the plugin is registered', async t => {
  await t.rejects(
    staffApp(t, {
      plugin: { permissions, claims: { permissions: 'permissions', permissionNames: { x: 'read:nothing' } as never } },
    }),
    { code: 'A0U_OPTIONS_INVALID', message: /claims\.permissionNames\.x: must be a name of the permission catalogue/ },
  )
  await t.rejects(
    staffApp(t, { plugin: { permissions, claims: { permissionNames: { x: 'read:reports' } as never } } }),
    { code: 'A0U_OPTIONS_INVALID', message: /requires claims\.permissions/ },
  )
})
