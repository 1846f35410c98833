import t from 'tap'
import { bindDatabases } from '#plugin/db/handle.js'
import { migrate } from '#plugin/db/migrate.js'
import type { Auth0UsersOptions } from '#plugin/index.js'
import { createGrantService } from '#plugin/permissions/grant.service.js'
import { systemAuthority } from '#plugin/permissions/grant-authority.js'
import { createGroups } from '#plugin/permissions/group.service.js'
import { build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { prefix, type Somebody, staffApp } from './staff.ts'

t.test('grants and groups take effect at the next request and stand in the trail', async t => {
  const { somebody, actions, app, database, issuer } = await staffApp(t, {
    routes: app =>
      app.delete('/assets', { config: { auth: { permissions: 'store.delete_asset' } } }, async () => 'gone'),
  })
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const plain = await somebody()
  const authorization = `Bearer ${await issuer.token({ sub: plain.sub })}`
  const may = async () =>
    (await app.inject({ method: 'DELETE', url: '/assets', headers: { authorization } })).statusCode
  const change = async (method: string, path: string, body?: unknown) => {
    const answer = await superuser.send(method, path, body)
    t.ok(answer.status === 200 || answer.status === 204, `${method} ${path}: ${answer.status}`)
    return answer.body
  }
  t.equal(await may(), 403)
  const own = `/users/${plain.id}/permissions/store.delete_asset`
  await change('PUT', own)
  await change('PUT', own)
  t.equal(await may(), 200)
  await change('DELETE', own)
  await change('DELETE', own)
  t.equal(await may(), 403)

  const { id } = await change('POST', '/groups', { name: 'Editors' })
  t.match(await superuser.send('POST', '/groups', { name: 'Editors' }), {
    status: 409,
    body: { code: 'A0U_GROUP_EXISTS' },
  })
  await change('PUT', `/users/${plain.id}/groups/${id}`)
  t.equal(await may(), 403)
  await change('PUT', `/groups/${id}/permissions`, { permissions: ['store.delete_asset', 'store.view_asset'] })
  t.equal(await may(), 200)
  t.match(await change('PATCH', `/groups/${id}`, { name: 'Writers' }), {
    name: 'Writers',
    permissions: ['store.delete_asset', 'store.view_asset'],
  })
  t.match((await superuser.send('GET', `/users/${plain.id}`)).body, {
    permissions: [],
    groups: [{ id, name: 'Writers' }],
  })
  await change('PUT', `/groups/${id}/permissions`, { permissions: ['store.view_asset'] })
  t.equal(await may(), 403)
  await change('PUT', `/groups/${id}/permissions`, { permissions: ['store.view_asset', 'store.delete_asset'] })
  t.equal(await may(), 200)
  await change('DELETE', `/groups/${id}`)
  t.equal(await may(), 403)
  t.match(await superuser.send('GET', `/groups/${id}`), { status: 404, body: { code: 'A0U_NOT_FOUND' } })

  const mine = (await actions(plain.id)).filter(action => !action.startsWith('user.'))
  t.strictSame(mine, ['permission.granted', 'permission.revoked', 'group.joined', 'group.left'])
  t.strictSame(await actions(id), [
    'group.created',
    ...['group.permission_granted', 'group.permission_granted', 'group.renamed', 'group.permission_revoked'],
    ...['group.permission_granted', 'group.deleted'],
  ])
  const trail = await superuser.send('GET', `/audit?user_id=${plain.id}&action=permission.granted`)
  t.match(trail.body.items, [
    {
      actor_id: superuser.id,
      action: 'permission.granted',
      detail: { permission: 'store.delete_asset' },
      method: 'jwt',
    },
  ])
  t.equal(trail.body.items.length, 1)
  const refused = await database.db
    .selectFrom('accounts_audit')
    .select('id')
    .where('detail', '@>', '{"permission":null}')
    .execute()
  t.equal(refused.length, 0)
})

t.test('deactivation, reactivation and signing out reach the person at once', async t => {
  const { somebody, actions, send, issuer, app } = await staffApp(t, {
    routes: app => app.get('/me', async () => 'you'),
  })
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const plain = await somebody()
  const iat = Math.floor(Date.now() / 1000) - 10
  const token = async () => `Bearer ${await issuer.token({ sub: plain.sub, iat })}`
  const before = await token()
  const me = async () => (await app.inject({ url: '/me', headers: { authorization: before } })).statusCode
  t.equal(await me(), 200)
  t.match((await superuser.send('POST', `/users/${plain.id}/deactivate`)).body, { is_active: false })
  t.equal(await me(), 403)
  t.match((await superuser.send('POST', `/users/${plain.id}/reactivate`)).body, { is_active: true })
  t.equal(await me(), 200)
  t.match((await superuser.send('POST', `/users/${plain.id}/sign-out`)).body, { tokens_valid_after: /Z$/ })
  t.equal(await me(), 401)
  t.strictSame((await actions(plain.id)).slice(-3), ['user.deactivated', 'user.reactivated', 'user.signed_out'])
  t.equal((await send(before, 'GET', '/users')).status, 401)
})

t.test('lists are read page by page, filtered and searched', async t => {
  const { somebody, database } = await staffApp(t)
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  for (let n = 0; n < 25; n++) await somebody({ is_platform: n % 5 === 0 })
  for (let n = 0; n < 25; n++) await superuser.send('POST', '/groups', { name: `group ${n}` })
  for (const [kind, cursor] of Object.entries({ users: 'after', groups: 'after', audit: 'before' })) {
    const seen = await everyPage(superuser, kind, cursor)
    t.ok(seen.length >= 25, `${kind}: ${seen.length}`)
    t.equal(new Set(seen).size, seen.length, `${kind}: each once`)
  }
  t.equal((await superuser.send('GET', '/users?is_platform=true')).body.items.length, 5)
  t.equal((await superuser.send('GET', '/users?is_superuser=true&is_active=true')).body.items.length, 1)
  t.strictSame((await superuser.send('GET', '/users?is_active=false')).body, { items: [], next: null })
  t.equal((await superuser.send('GET', '/users?search=P3@EXAMPLE')).body.items.length, 1)
  const first = (await superuser.send('GET', '/users?search=p&limit=4')).body
  const second = (await superuser.send('GET', `/users?search=p&limit=4&after=${first.next}`)).body
  t.equal(new Set([...first.items, ...second.items].map(({ id }: { id: string }) => id)).size, 8, 'a search goes on')
  t.notOk('profile_data' in first.items[0])
  for (const pattern of ['%25', '_@', '%5C']) {
    t.equal(
      (await superuser.send('GET', `/users?search=${pattern}`)).body.items.length,
      0,
      `${pattern} stands for itself`,
    )
  }
  await database.db
    .updateTable('accounts_user')
    .set({ anonymised_at: new Date(), is_active: false })
    .where('email', '=', 'p3@example.test')
    .execute()
  t.equal((await superuser.send('GET', '/users?is_active=false')).body.items.length, 0, 'who was erased is not listed')
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString()
  t.equal((await superuser.send('GET', `/audit?from=${day(1)}`)).body.items.length, 0)
  t.equal((await superuser.send('GET', `/audit?to=${day(1)}&actor_id=${superuser.id}&limit=100`)).body.items.length, 26)
})

t.test('people are found by ids and by group, and their identities are read', async t => {
  const { somebody, group, database } = await staffApp(t)
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const [ann, bob, eve] = [await somebody({ is_staff: true }), await somebody(), await somebody()]
  const editors = await group('editors')
  const found = async (query: string) => {
    const { body } = await superuser.send('GET', `/users?${query}`)
    return body.items.map((item: { id: string }) => item.id)
  }
  const members = [ann.id, bob.id].sort()
  for (const id of members) await superuser.send('PUT', `/users/${id}/groups/${editors}`)
  t.strictSame(await found(`group=${editors}`), members)
  t.strictSame(await found(`group=${editors}&is_staff=true`), [ann.id])
  t.strictSame(await found(`group=${eve.id}`), [], 'an unknown group has no members')
  const nobody = '00000000-0000-4000-8000-000000000000'
  t.strictSame(await found(`ids=${eve.id},${ann.id.toUpperCase()},${nobody}`), [ann.id, eve.id].sort())
  const many = Array.from({ length: 100 }, () => nobody)
  t.strictSame(await found(`ids=${many}&limit=100`), [])
  for (const query of [`ids=${[...many, nobody]}`, 'ids=x', 'group=x', `ids=${ann.id}&search=p`]) {
    const { status, body } = await superuser.send('GET', `/users?${query}`)
    t.match([status, body.code], [400, 'A0U_QUERY_INVALID'], query.slice(0, 20))
  }

  await database.db.insertInto('accounts_identity').values({ auth0_id: 'github|1', user_id: eve.id }).execute()
  const { body } = await superuser.send('GET', `/users/${eve.id}/identities`)
  t.match(body.items, [
    { auth0_id: eve.sub, linked_at: null },
    { auth0_id: 'github|1', linked_at: /Z$/ },
  ])
  t.match(await superuser.send('GET', `/users/${nobody}/identities`), { status: 404, body: { code: 'A0U_NOT_FOUND' } })
})

async function everyPage(reader: Somebody, kind: string, cursor: string): Promise<string[]> {
  const seen: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const from: string = next === '' ? '' : `&${cursor}=${encodeURIComponent(next)}`
    const { body } = await reader.send('GET', `/${kind}?limit=7${from}`)
    if (body.items.length > 7) throw new Error('a page is too long')
    seen.push(...body.items.map((item: { id: string }) => item.id))
    next = body.next
  }
  return seen
}

t.test('requests that break their schema are refused', async t => {
  const { somebody, group } = await staffApp(t)
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const nobody = '00000000-0000-4000-8000-000000000000'
  const id = await group('one')
  const wrong: [string, string, unknown, number, string][] = [
    ['GET', '/users?limit=0', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?limit=101', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?limit=1&limit=2', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?is_staff=perhaps', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?after=x', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?search=p&is_staff=true', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?search=%00', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users?unknown=1', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/groups?after=%00', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/audit?before=99999999999999999999', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/audit?from=2025-13-45', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/audit?action=%00', undefined, 400, 'A0U_QUERY_INVALID'],
    ['GET', '/users/x', undefined, 404, 'A0U_NOT_FOUND'],
    ['GET', `/users/${nobody}`, undefined, 404, 'A0U_NOT_FOUND'],
    ['PATCH', `/users/${nobody}`, { is_staff: true }, 404, 'A0U_NOT_FOUND'],
    ['PATCH', `/users/${superuser.id}`, {}, 400, 'A0U_BODY_INVALID'],
    ['PATCH', `/users/${superuser.id}`, { is_staff: 'true' }, 400, 'A0U_BODY_INVALID'],
    ['PATCH', `/users/${superuser.id}`, { email: 'x@example.test' }, 400, 'A0U_BODY_INVALID'],
    ['PATCH', `/users/${superuser.id}`, undefined, 400, 'A0U_BODY_INVALID'],
    ['PUT', `/users/${superuser.id}/permissions/store.unknown`, undefined, 400, 'A0U_BODY_INVALID'],
    ['PUT', `/users/${nobody}/permissions/store.view_asset`, undefined, 404, 'A0U_NOT_FOUND'],
    ['PUT', `/users/${superuser.id}/groups/${nobody}`, undefined, 404, 'A0U_NOT_FOUND'],
    ['POST', '/groups', { name: '' }, 400, 'A0U_BODY_INVALID'],
    ['POST', '/groups', { name: ' x' }, 400, 'A0U_BODY_INVALID'],
    ['POST', '/groups', { name: 'x\u0000' }, 400, 'A0U_BODY_INVALID'],
    ['POST', '/groups', { name: 'x'.repeat(151) }, 400, 'A0U_BODY_INVALID'],
    ['PUT', `/groups/${id}/permissions`, { permissions: ['store.unknown'] }, 400, 'A0U_BODY_INVALID'],
    ['PUT', `/groups/${nobody}/permissions`, { permissions: [] }, 404, 'A0U_NOT_FOUND'],
    ['DELETE', `/users/${superuser.id}/permissions/x%00`, undefined, 404, 'A0U_NOT_FOUND'],
    ['DELETE', `/groups/${nobody}`, undefined, 404, 'A0U_NOT_FOUND'],
  ]
  for (const [method, path, body, status, code] of wrong) {
    t.match(await superuser.send(method, path, body), { status, body: { code } }, `${method} ${path}`)
  }
  t.equal((await superuser.send('PATCH', `/groups/${await group('two')}`, { name: 'one' })).status, 409)
})

t.test('the prefix is an option, and without the option there are no such routes', async t => {
  const { app, database, issuer } = await staffApp(t, { plugin: { admin: { prefix: '/staff/' } } })
  const urls = (prefix: string) => app.auth0Users.routes().filter(({ url }) => url.startsWith(prefix)).length
  t.ok(urls('/staff/users') > 10)
  t.equal(urls(prefix), 0)
  const without = await build(t, { database, issuer })
  t.equal((await without.app.inject(`${prefix}/users`)).statusCode, 404)
  for (const admin of [{ prefix: 'staff' }, { prefix: '/a b' }, { prefix: '' }, { other: 1 }, true]) {
    const plugin = { admin } as unknown as Partial<Auth0UsersOptions>
    await t.rejects(build(t, { database, issuer, plugin }), { code: 'A0U_OPTIONS_INVALID', message: /admin/ })
  }
})

t.test('groups and grants stay within the schema and the prefix of the tables', async t => {
  const { db, pool } = await testDatabase(t)
  await pool.query('create schema elsewhere')
  const tables = { schema: 'elsewhere', prefix: 'people_' }
  await migrate(db, tables)
  const databases = bindDatabases(db, tables)
  const changed: string[] = []
  databases.onUserChanged(id => changed.push(id))
  const deps = { databases, catalogue: new Set(['a.b', 'a.c']) }
  const [groups, grants] = [createGroups(deps), createGrantService(deps)]
  const { rows } = await pool.query<{ id: string }>(
    "insert into elsewhere.people_user (auth0_id, username) values ('auth0|1', 'one') returning id",
  )
  const id = rows[0]?.id ?? ''
  const { id: groupId } = await groups.create('one', systemAuthority)
  await groups.setPermissions(groupId, ['a.b'], systemAuthority)
  t.equal(await groups.addMember(groupId, id, systemAuthority), true)
  t.equal(await groups.addMember(groupId, id, systemAuthority), false)
  t.equal(await grants.grant(id, 'a.c', systemAuthority), true)
  t.strictSame(await groups.grantsOf(id), {
    groups: [{ id: groupId, name: 'one', permissions: ['a.b'] }],
    permissions: ['a.c'],
  })
  t.strictSame(await grants.setFlags(id, { is_staff: true, is_active: true }, systemAuthority), { is_staff: true })
  t.strictSame(await groups.list({ limit: 5 }), {
    items: [{ id: groupId, name: 'one', permissions: ['a.b'] }],
    next: null,
  })
  t.strictSame(changed, [id, id, id])
  t.equal((await pool.query('select from accounts_group')).rowCount, 0)
  t.equal((await pool.query('select from elsewhere.people_audit')).rowCount, 5)
})
