// Whatever creates authority or touches personal data, tried with a credential that another process ended a moment ago.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { builtInPermissions } from '#plugin/permissions/built-in.js'
import { type BuiltApp, build, localIssuer } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { dump } from './support/dump.ts'

/** Stands still, so that what the second process remembers stays fresh. */
const time = Date.now()
const accounts = '/api/v1/accounts'
const system = { actorId: null, method: null, requestId: null }

/** Two processes on one database; the second remembers whoever came for an hour, and no change feed tells it anything. */
async function twoApps(t: Test): Promise<{ near: BuiltApp; far: BuiltApp }> {
  const [database, issuer] = [await testDatabase(t), await localIssuer(t)]
  const plugin = {
    ...{ admin: {}, cache: { ttl: 3600 }, users: { activity: false as const }, now: () => time },
    methods: { token: { routes: true }, session: { staffOnly: false } },
    auth0: { backchannelLogout: { clientId: 'app' } },
  } as const
  const options = { database, issuer, plugin, routes: (app: BuiltApp['app']) => app.get('/me', r => r.getUser()) }
  return { near: await build(t, options), far: await build(t, options) }
}

interface World {
  readonly near: BuiltApp
  readonly far: BuiltApp
  readonly actorId: string
  readonly targetId: string
  readonly groupId: string
  readonly sid: string
  readonly credential: Credential
}

interface Credential {
  readonly headers: Readonly<Record<string, string>>
  /** Of the session or the API token. */
  readonly id: string
}

interface Attempt {
  readonly path?: (world: World) => string
  readonly body?: object
  /** Whether only staff may do it. */
  readonly staff?: true
}

const own: Attempt = {}
const target: Attempt = { staff: true, path: ({ targetId }) => targetId }
const anyId = '00000000-0000-4000-8000-000000000000'

/** Every route that writes or exports, by how it is declared. One that is not listed here fails the test below. */
const attempts: Readonly<Record<string, Attempt>> = {
  [`PUT ${accounts}/users/profile/`]: { body: { first_name: 'Late' } },
  [`PATCH ${accounts}/users/profile/`]: { body: { last_name: 'Late' } },
  [`DELETE ${accounts}/users/profile/`]: own,
  [`GET ${accounts}/users/profile/export/`]: own,
  [`PUT ${accounts}/users/profile/consents/`]: { body: { purpose: 'terms', version: '1', granted: true } },
  [`POST ${accounts}/session/`]: own,
  [`DELETE ${accounts}/session/`]: own,
  [`DELETE ${accounts}/sessions/:id/`]: { path: () => anyId },
  [`POST ${accounts}/tokens/`]: { body: { name: 'late' } },
  [`DELETE ${accounts}/tokens/:id/`]: { path: () => anyId },
  [`PATCH ${accounts}/admin/users/:id/`]: { ...target, body: { is_platform: true } },
  [`POST ${accounts}/admin/users/:id/deactivate/`]: target,
  [`POST ${accounts}/admin/users/:id/reactivate/`]: target,
  [`POST ${accounts}/admin/users/:id/sign-out/`]: target,
  [`PUT ${accounts}/admin/users/:id/permissions/:permission/`]: target,
  [`DELETE ${accounts}/admin/users/:id/permissions/:permission/`]: target,
  [`PUT ${accounts}/admin/users/:id/groups/:group/`]: target,
  [`DELETE ${accounts}/admin/users/:id/groups/:group/`]: target,
  [`POST ${accounts}/admin/groups/`]: { staff: true, body: { name: 'late' } },
  [`PATCH ${accounts}/admin/groups/:id/`]: { staff: true, path: ({ groupId }) => groupId, body: { name: 'later' } },
  [`PUT ${accounts}/admin/groups/:id/permissions/`]: {
    ...{ staff: true, path: ({ groupId }) => groupId },
    body: { permissions: ['accounts.view_user'] },
  },
  [`DELETE ${accounts}/admin/groups/:id/`]: { staff: true, path: ({ groupId }) => groupId },
  [`DELETE ${accounts}/admin/users/:id/tokens/:credential/`]: target,
  [`DELETE ${accounts}/admin/users/:id/sessions/:credential/`]: target,
}

/** These only take away from the caller: nothing is gained by a credential that has just ended. */
const harmless = new Set([
  `DELETE ${accounts}/session/`,
  `DELETE ${accounts}/sessions/:id/`,
  `DELETE ${accounts}/tokens/:id/`,
])

type Ending = (world: World) => Promise<unknown>

/** What another process does to the caller. */
const endings: Readonly<Record<string, { readonly end: Ending; readonly staff?: true }>> = {
  'signed out everywhere': {
    end: ({ near, actorId }) => near.app.auth0Users.users.signOutEverywhere(actorId, system),
  },
  deactivated: { end: ({ near, actorId }) => near.app.auth0Users.users.deactivate(actorId, system) },
  erased: { end: ({ near, actorId }) => near.app.auth0Users.privacy.anonymise(actorId) },
  'no longer staff': {
    staff: true,
    end: ({ near, actorId }) =>
      near.database.db.updateTable('accounts_user').set({ is_staff: false }).where('id', '=', actorId).execute(),
  },
  'no longer allowed': {
    staff: true,
    end: ({ near, actorId }) =>
      near.database.db.deleteFrom('accounts_user_permission').where('user_id', '=', actorId).execute(),
  },
}

let count = 0

async function newWorld(
  { near, far }: Pick<World, 'near' | 'far'>,
  credentialOf: (world: Omit<World, 'credential'>, bearer: string) => Promise<Credential>,
): Promise<World> {
  const { db } = near.database
  const number = ++count
  const sub = `auth0|staff-${number}`
  const add = async (auth0_id: string, is_staff: boolean): Promise<string> => {
    const row = { auth0_id, username: auth0_id, is_staff }
    return (await db.insertInto('accounts_user').values(row).returning('id').executeTakeFirstOrThrow()).id
  }
  const [actorId, targetId] = [await add(sub, true), await add(`auth0|target-${number}`, false)]
  const held = builtInPermissions.map(permission => ({ user_id: actorId, permission }))
  await db.insertInto('accounts_user_permission').values(held).execute()
  await db
    .insertInto('accounts_user_permission')
    .values({ user_id: targetId, permission: 'accounts.view_group' })
    .execute()
  const group = await db.insertInto('accounts_group').values({ name: sub }).returning('id').executeTakeFirstOrThrow()
  const sid = `sid-${number}`
  const bearer = await near.bearer({ sub, sid, iat: Math.floor(time / 1000) - 60 })
  const world = { near, far, actorId, targetId, groupId: group.id, sid }
  const credential = await credentialOf(world, bearer)
  // The other process learns who this is.
  const me = await far.app.inject({ url: '/me', headers: credential.headers })
  if (me.statusCode !== 200) throw new Error(me.body)
  return { ...world, credential }
}

const withAccessToken = async (_: unknown, authorization: string): Promise<Credential> => ({
  ...{ headers: { authorization }, id: '' },
})

async function withSession({ near }: Pick<World, 'near'>, authorization: string): Promise<Credential> {
  const begun = await near.app.inject({ method: 'POST', url: `${accounts}/session/`, headers: { authorization } })
  const { id, csrf_token } = begun.json()
  const cookie = String(begun.headers['set-cookie']).split(';', 1)[0] ?? ''
  return { id, headers: { cookie, 'x-csrf-token': csrf_token } }
}

async function withApiToken({ near, actorId }: Pick<World, 'near' | 'actorId'>): Promise<Credential> {
  const { token, text } = await near.app.auth0Users.apiTokens.create({ userId: actorId, name: 'x' })
  return { id: token.id, headers: { authorization: `Token ${text}` } }
}

/** Sends the attempt to the process that knows nothing yet. */
async function attack(world: World, route: string): Promise<{ status: number; code: string | undefined }> {
  const [method = '', pattern = ''] = route.split(' ')
  const { path, body } = attempts[route] ?? own
  const url = pattern
    .replace(':permission', 'accounts.view_user')
    .replace(':group', world.groupId)
    .replace(':credential', anyId)
    .replace(':id', path?.(world) ?? anyId)
  const headers = { ...world.credential.headers, ...(body && { 'content-type': 'application/json' }) }
  const answer = await world.far.app.inject({
    ...{ method: method as 'GET', url, headers },
    ...(body && { payload: JSON.stringify(body) }),
  })
  const isJson = String(answer.headers['content-type']).includes('json')
  return { status: answer.statusCode, code: isJson ? answer.json().code : undefined }
}

/** Whether each route refuses, and leaves every row as it is. */
async function refuses(t: Test, world: World, route: string, name: string): Promise<void> {
  const before = await dump(world.near.database)
  const { status, code } = await attack(world, route)
  t.ok(status === 401 || status === 403, `${route}, ${name}: ${status} ${code}`)
  t.equal(await dump(world.near.database), before, `${route}, ${name}: nothing is written`)
}

t.test('every route that writes or exports has its attack', async t => {
  const { far } = await twoApps(t)
  const routes = far.app.auth0Users
    .routes()
    .filter(({ auth }) => auth !== false)
    .filter(({ method, url }) => url.endsWith('/') && (!['GET', 'HEAD'].includes(method) || url.includes('export')))
    .map(({ method, url }) => `${method} ${url}`)
  t.strictSame(routes.filter(route => !route.startsWith('HEAD')).sort(), Object.keys(attempts).sort())
})

t.test('an access token that was ended elsewhere does nothing', async t => {
  const apps = await twoApps(t)
  for (const [name, { end, staff }] of Object.entries(endings)) {
    for (const [route, attempt] of Object.entries(attempts)) {
      if (harmless.has(route) || (staff === true && attempt.staff !== true)) continue
      const world = await newWorld(apps, withAccessToken)
      await end(world)
      await refuses(t, world, route, name)
    }
  }
})

t.test('a session or an API token that was ended elsewhere does nothing', async t => {
  const apps = await twoApps(t)
  for (const route of Object.keys(attempts)) {
    if (harmless.has(route)) continue
    const session = await newWorld(apps, withSession)
    await apps.near.app.auth0Users.sessions.revoke(session.credential.id)
    await refuses(t, session, route, 'session ended')
    if (attempts[route]?.staff === true && !route.includes('sign-out')) continue
    const merged = await newWorld(apps, withSession)
    await apps.near.app.auth0Users.users.merge(merged.actorId, merged.targetId, system)
    await refuses(t, merged, route, 'owner of the session merged')
    const token = await newWorld(apps, withApiToken)
    await apps.near.app.auth0Users.apiTokens.revoke(token.credential.id)
    await refuses(t, token, route, 'API token revoked')
  }
})

t.test('a session of Auth0 that was logged out begins nothing and changes no rights', async t => {
  const apps = await twoApps(t)
  const gains = Object.keys(attempts).filter(
    route => !harmless.has(route) && (attempts[route]?.staff === true || / .*\/(session|tokens)\/$/.test(route)),
  )
  for (const route of gains) {
    const world = await newWorld(apps, withAccessToken)
    await apps.near.app.auth0Users.sessions.revokeBySid(world.sid)
    await refuses(t, world, route, 'logged out')
  }
})

t.test('with a credential that lives, all of them work', async t => {
  const apps = await twoApps(t)
  for (const route of Object.keys(attempts)) {
    if (/:credential|\/session|\/sessions|\/tokens\/:id/.test(route)) continue
    const { status, code } = await attack(await newWorld(apps, withAccessToken), route)
    t.ok(status < 300, `${route}: ${status} ${code}`)
  }
})

t.test('a logout waits for what begins with its session, and ends it', async t => {
  const { near, far } = await twoApps(t)
  const world = await newWorld({ near, far }, withAccessToken)
  const { headers } = world.credential
  const races = Array.from({ length: 20 }, async (_, index) => {
    if (index === 10) await near.app.auth0Users.sessions.revokeBySid(world.sid)
    else await far.app.inject({ method: 'POST', url: `${accounts}/session/`, headers })
  })
  await Promise.all(races)
  const { rows } = await sql`select from accounts_session where auth0_sid = ${world.sid}`.execute(near.database.db)
  t.equal(rows.length, 0, 'none is left, whatever the order was')
})

t.test('a user has no more sessions than allowed; the oldest ends', async t => {
  const built = await build(t, { plugin: { methods: { session: { staffOnly: false, maxPerUser: 2 } } } })
  const authorization = await built.bearer({ sub: 'auth0|many' })
  const ids: string[] = []
  for (let round = 0; round < 4; round++) {
    const begun = await built.app.inject({ method: 'POST', url: `${accounts}/session/`, headers: { authorization } })
    ids.push(begun.json().id)
  }
  const rows = await built.database.db.selectFrom('accounts_session').select('id').execute()
  t.same(rows.map(({ id }) => id).sort(), ids.slice(2).sort())
})
