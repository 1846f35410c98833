// Organizations and memberships that tokens make, and what they mean for a request.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import t from 'tap'
import { type BuildOptions, type BuiltApp, build, localIssuer } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const permissions = ['project.view_project', 'project.add_project', 'project.delete_project']

function routes(app: FastifyInstance): void {
  const show = async ({ auth }: FastifyRequest): Promise<unknown> => ({
    organization: auth?.organization ?? null,
    view: auth?.can('project.view_project'),
    everywhere: auth?.canEverywhere('project.view_project'),
  })
  app.get('/open', { config: { auth: {} } }, show)
  app.get('/any', { config: { auth: { organization: true } } }, show)
  app.get('/acme', { config: { auth: { organization: 'acme' } } }, show)
  app.get('/ids', { config: { auth: { organization: ['org_Globex1', 'Initech'] } } }, show)
  app.get('/projects', { config: { auth: { organization: true, permissions: 'project.view_project' } } }, show)
}

async function start(t: Parameters<typeof build>[0], options: BuildOptions = {}): Promise<BuiltApp> {
  const plugin = { permissions, organizations: { roles: { member: ['project.view_project'] } }, ...options.plugin }
  return await build(t, { ...options, plugin, routes })
}

interface Shown {
  readonly status: number
  readonly code: string | undefined
  readonly organization: { id: string; auth0_id: string; name: string; role: string } | null
  readonly view: boolean
  readonly everywhere: boolean
}

async function get({ app }: BuiltApp, url: string, authorization: string): Promise<Shown> {
  const response = await app.inject({ url, headers: { authorization } })
  return { status: response.statusCode, ...response.json() }
}

const second = (): number => Math.floor(Date.now() / 1000)

t.test('a token of an organization makes it, with the user as a member', async t => {
  const built = await start(t)
  const authorization = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' })
  const { organization, view, everywhere } = await get(built, '/any', authorization)
  const row = await built.database.db.selectFrom('accounts_organization').selectAll().executeTakeFirstOrThrow()
  t.strictSame(organization, { id: row.id, auth0_id: 'org_Acme1', name: 'acme', role: 'member' })
  t.strictSame([view, everywhere], [true, false], 'the grants of its role count in its requests only')
  t.equal((await get(built, '/acme', authorization)).status, 200)
  t.equal((await get(built, '/ids', authorization)).code, 'A0U_ORGANIZATION_REFUSED')
  const without = await built.bearer({ sub: 'auth0|ann' })
  t.strictSame((await get(built, '/open', without)).organization, null)
  t.strictSame((await get(built, '/open', without)).view, false)
  t.equal((await get(built, '/any', without)).code, 'A0U_ORGANIZATION_REQUIRED')
  t.equal((await get(built, '/projects', without)).code, 'A0U_ORGANIZATION_REQUIRED')
})

t.test('a route names organizations by id as it is, and by name in any case', async t => {
  const built = await start(t)
  for (const [org_id, org_name, status] of [
    ['org_Globex1', 'globex', 200],
    ['org_globex1', 'other', 403],
    ['org_Initech', 'initech', 200],
  ] as const) {
    const authorization = await built.bearer({ sub: 'auth0|ann', org_id, org_name })
    t.equal((await get(built, '/ids', authorization)).status, status, org_id)
  }
})

t.test('a claim that is not as Auth0 writes it belongs to no organization', async t => {
  const built = await start(t)
  for (const org_id of ['acme', 'org_', 'org_a b', 5, ['org_Acme1'], { id: 'org_Acme1' }, '', 'org_\u0000', null]) {
    const authorization = await built.bearer({ sub: 'auth0|ann', org_id, org_name: 'acme' })
    t.equal((await get(built, '/any', authorization)).code, 'A0U_ORGANIZATION_REQUIRED', JSON.stringify(org_id))
  }
  const authorization = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'org_Globex1' })
  t.equal((await get(built, '/any', authorization)).organization?.name, 'org_Acme1', 'a name never poses as an id')
})

t.test('a machine belongs to none, whatever its token names', async t => {
  const built = await start(t)
  const claims = { sub: 'abc@clients', azp: 'abc', gty: 'client-credentials', org_id: 'org_Acme1', org_name: 'acme' }
  t.equal((await get(built, '/any', await built.bearer(claims))).code, 'A0U_ORGANIZATION_REQUIRED')
  t.equal((await built.database.db.selectFrom('accounts_organization').select('id').execute()).length, 0)
})

t.test("with 'existing', tokens make neither organizations nor memberships", async t => {
  const built = await start(t, { plugin: { organizations: { provision: 'existing' } } })
  const { db } = built.database
  const claims = { sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' }
  t.equal((await get(built, '/any', await built.bearer(claims))).code, 'A0U_ORGANIZATION_REQUIRED')
  const { id } = await db
    .insertInto('accounts_organization')
    .values({ auth0_id: 'org_Acme1', name: 'acme' })
    .returning('id')
    .executeTakeFirstOrThrow()
  built.app.auth0Users.evict((await user(built, 'auth0|ann')).id)
  t.equal((await get(built, '/any', await built.bearer(claims))).code, 'A0U_ORGANIZATION_REQUIRED', 'no member')
  await built.app.auth0Users.organizations.addMember({
    ...{ organizationId: id, userId: (await user(built, 'auth0|ann')).id, role: 'owner' },
  })
  t.equal((await get(built, '/any', await built.bearer(claims))).organization?.role, 'owner')
})

async function user({ database }: BuiltApp, subject: string): Promise<{ id: string }> {
  return await database.db
    .selectFrom('accounts_user')
    .select('id')
    .where('auth0_id', '=', subject)
    .executeTakeFirstOrThrow()
}

t.test('a token from before a membership ended never brings it back, in whatever process it ended', async t => {
  const issuer = await localIssuer(t)
  const database = await testDatabase(t)
  const [one, other] = [await start(t, { issuer, database }), await start(t, { issuer, database })]
  const before = await one.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' })
  const id = (await get(one, '/any', before)).organization?.id ?? ''
  const ann = await user(one, 'auth0|ann')
  await one.app.auth0Users.organizations.removeMember({ organizationId: id, userId: ann.id })
  for (const built of [one, other])
    t.equal((await get(built, '/any', before)).code, 'A0U_ORGANIZATION_REQUIRED', 'removed by code')
  const after = await one.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', iat: second() + 2 })
  t.equal((await get(other, '/any', after)).status, 200, 'a newer token makes a new one')
  await database.db.deleteFrom('accounts_membership').execute()
  one.app.auth0Users.evict(ann.id)
  other.app.auth0Users.evict(ann.id)
  for (const built of [one, other])
    t.equal((await get(built, '/any', after)).code, 'A0U_ORGANIZATION_REQUIRED', 'deleted by SQL')
})

t.test('a deleted organization is not made again by a token from before', async t => {
  const built = await start(t)
  const { organizations } = built.app.auth0Users
  const before = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' })
  const id = (await get(built, '/any', before)).organization?.id ?? ''
  await organizations.remove(id)
  t.equal((await get(built, '/any', before)).code, 'A0U_ORGANIZATION_REQUIRED')
  t.equal(await organizations.find('org_Acme1'), null)
  const after = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme', iat: second() + 2 })
  t.not((await get(built, '/any', after)).organization?.id, id)
})

t.test('a deactivated organization counts as none until it is active again', async t => {
  const built = await start(t)
  const authorization = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' })
  const id = (await get(built, '/any', authorization)).organization?.id ?? ''
  await built.app.auth0Users.organizations.update(id, { isActive: false })
  t.equal((await get(built, '/any', authorization)).code, 'A0U_ORGANIZATION_REQUIRED')
  const bob = await built.bearer({ sub: 'auth0|bob', org_id: 'org_Acme1', org_name: 'acme' })
  t.equal((await get(built, '/any', bob)).code, 'A0U_ORGANIZATION_REQUIRED')
  await built.app.auth0Users.organizations.update(id, { isActive: true })
  t.equal((await get(built, '/any', authorization)).status, 200)
})

t.test('a name belongs to the organization that Auth0 told it of last', async t => {
  const built = await start(t)
  const { organizations } = built.app.auth0Users
  const token = (org_id: string, org_name: string, iat: number): Promise<string> =>
    built.bearer({ sub: `auth0|${org_id}`, org_id, org_name, iat })
  const now = second()
  await get(built, '/any', await token('org_A', 'acme', now - 60))
  await get(built, '/any', await token('org_A', 'anvil', now - 30))
  t.match(await organizations.find('anvil'), { auth0_id: 'org_A' }, 'renamed')
  await get(built, '/any', await token('org_A', 'acme', now - 50))
  t.match(await organizations.find('anvil'), { auth0_id: 'org_A' }, 'an older token renames nothing')
  await get(built, '/any', await token('org_B', 'anvil', now - 20))
  t.match(await organizations.find('anvil'), { auth0_id: 'org_B' }, 'taken by another')
  t.match(await organizations.find('org_A'), { name: 'org_A' })
  await organizations.create({ name: 'ours' })
  await get(built, '/any', await token('org_C', 'ours', now))
  t.match(await organizations.find('ours'), { auth0_id: null }, 'an organization of ours keeps its name')
  t.match(await organizations.find('org_C'), { name: 'org_C' })
})

t.test('a hundred first requests of one new organization make it once, and each member once', async t => {
  const issuer = await localIssuer(t)
  const database = await testDatabase(t)
  const apps = [await start(t, { issuer, database }), await start(t, { issuer, database })]
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      issuer.token({ sub: `auth0|${n}`, org_id: 'org_Acme1', org_name: n % 2 === 0 ? 'acme' : 'anvil' }),
    ),
  )
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) => get(apps[n % 2] as BuiltApp, '/any', `Bearer ${tokens[n % 20]}`)),
  )
  t.strictSame([...new Set(answers.map(({ status }) => status))], [200])
  t.equal((await database.db.selectFrom('accounts_organization').select('id').execute()).length, 1)
  t.equal((await database.db.selectFrom('accounts_membership').select('user_id').execute()).length, 20)
})

t.test('a known member costs no statement, and without the option tokens make nothing', async t => {
  const built = await start(t, { plugin: { users: { activity: false } } })
  const authorization = await built.bearer({ sub: 'auth0|ann', org_id: 'org_Acme1', org_name: 'acme' })
  await get(built, '/projects', authorization)
  const { hits } = await counted(built, () => get(built, '/projects', authorization))
  t.equal(hits, 0)
  const off = await build(t, {
    plugin: { permissions },
    routes: app => app.get('/', async ({ auth }) => auth?.organization),
  })
  const response = await off.app.inject({ url: '/', headers: { authorization: await off.bearer({ org_id: 'org_A' }) } })
  t.equal(response.body, 'null')
  t.equal((await off.database.db.selectFrom('accounts_organization').select('id').execute()).length, 0)
})

async function counted({ database }: BuiltApp, work: () => Promise<unknown>): Promise<{ hits: number }> {
  let hits = 0
  const count = (): void => void hits++
  database.pool.on('acquire', count)
  await work()
  database.pool.off('acquire', count)
  return { hits }
}

t.test('a route that asks for an organization must be understood, and needs the option', async t => {
  const refused = async (organization: unknown, options: object): Promise<string | undefined> => {
    const route = (app: FastifyInstance): void => {
      app.get('/', { config: { auth: { organization: organization as true } } }, async () => null)
    }
    const error: unknown = await build(t, { plugin: options, routes: route }).catch((error: unknown) => error)
    return error instanceof Error && 'code' in error ? String(error.code) : undefined
  }
  for (const wrong of [false, '', [], ['a b'], 5, [5], null])
    t.equal(await refused(wrong, { organizations: {} }), 'A0U_ROUTE_INVALID', JSON.stringify(wrong))
  t.equal(await refused(true, {}), 'A0U_ROUTE_INVALID', 'without the option')
  t.equal(await refused('acme', { organizations: {} }), undefined)
})
