import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { permissions, prefix, type Somebody, type StaffApp, staffApp } from './staff.ts'

/** Every route for staff: what it needs, beside `is_staff`, and what it answers to who has that. */
const routes: readonly [method: string, path: string, needs: readonly string[], status: number, body?: unknown][] = [
  ['GET', '/users', ['accounts.view_user'], 200],
  ['GET', '/users/:id', ['accounts.view_user'], 200],
  ['GET', '/users/:id/identities', ['accounts.view_user'], 200],
  ['PATCH', '/users/:id', ['accounts.change_user'], 200, { is_staff: true }],
  ['POST', '/users/:id/deactivate', ['accounts.change_user'], 200],
  ['POST', '/users/:id/reactivate', ['accounts.change_user'], 200],
  ['POST', '/users/:id/sign-out', ['accounts.change_user'], 200],
  ['PUT', '/users/:id/permissions/:permission', ['accounts.grant_permission'], 204],
  ['DELETE', '/users/:id/permissions/:permission', ['accounts.grant_permission'], 204],
  ['PUT', '/users/:id/groups/:group', ['accounts.grant_permission'], 204],
  ['DELETE', '/users/:id/groups/:group', ['accounts.grant_permission'], 204],
  ['GET', '/users/:id/tokens', ['accounts.view_token'], 200],
  ['DELETE', '/users/:id/tokens/:token', ['accounts.delete_token'], 204],
  ['GET', '/users/:id/sessions', ['accounts.view_session'], 200],
  ['DELETE', '/users/:id/sessions/:session', ['accounts.delete_session'], 204],
  ['GET', '/groups', ['accounts.view_group'], 200],
  ['POST', '/groups', ['accounts.add_group'], 200, { name: ':new' }],
  ['GET', '/groups/:group', ['accounts.view_group'], 200],
  ['PATCH', '/groups/:group', ['accounts.change_group'], 200, { name: ':new' }],
  [
    'PUT',
    '/groups/:group/permissions',
    ['accounts.change_group', 'accounts.grant_permission'],
    200,
    { permissions: ['store.view_asset'] },
  ],
  ['DELETE', '/groups/:group', ['accounts.delete_group'], 204],
  ['GET', '/permissions', ['accounts.view_permission'], 200],
  ['GET', '/audit', ['accounts.view_audit'], 200],
  ['GET', '/reports/activity', ['accounts.view_report'], 200],
  ['GET', '/reports/sign-ins', ['accounts.view_report'], 200],
  ['GET', '/reports/registrations', ['accounts.view_report'], 200],
  ['GET', '/reports/completion', ['accounts.view_report'], 200],
]

const refused = {
  anonymous: [401, 'A0U_CREDENTIALS_MISSING'],
  machine: [403, 'A0U_PERSON_REQUIRED'],
  plain: [403, 'A0U_STAFF_REQUIRED'],
  'plain with the permission': [403, 'A0U_STAFF_REQUIRED'],
  'staff without': [403, 'A0U_PERMISSION_DENIED'],
} as const

t.test('every route × everybody who may ask', async t => {
  const staff = await staffApp(t)
  const { app, somebody, issuer, send } = staff
  const declared = app.auth0Users
    .routes()
    .filter(({ url, method }) => url.startsWith(prefix) && url.endsWith('/') && method !== 'HEAD')
  t.equal(declared.length, routes.length, 'the table lists every route')

  const machine = `Bearer ${await issuer.machineToken()}`
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const plain = await somebody()
  for (const [method, path, needs, status, body] of routes) {
    const others = [...new Set(routes.flatMap(route => route[2]))].filter(name => !needs.includes(name))
    const askers: Record<keyof typeof refused, (path: string, body: unknown) => ReturnType<typeof send>> = {
      anonymous: (to, what) => send(undefined, method, to, what),
      machine: (to, what) => send(machine, method, to, what),
      plain: (to, what) => plain.send(method, to, what),
      'plain with the permission': await as(staff, {}, needs, method),
      'staff without': await as(staff, { is_staff: true }, [...others, ...permissions], method),
    }
    for (const [name, ask] of Object.entries(askers)) {
      const [expected, code] = refused[name as keyof typeof refused]
      const answer = await ask(...(await filled(staff, path, body)))
      t.match(answer, { status: expected, body: { code } }, `${method} ${path}: ${name}`)
    }
    const holder = await somebody({ is_staff: true }, [...needs, ...permissions])
    for (const [slash, asker] of [
      ['', holder],
      ['/', holder],
      ['', superuser],
    ] as [string, Somebody][]) {
      const [to, what] = await filled(staff, path, body)
      const answer = await asker.send(method, to + slash, what)
      t.equal(answer.status, status, `${method} ${path}${slash}: who may`)
      t.equal(answer.headers['cache-control'], 'no-store')
      if (status !== 200) continue
      const fastifyPath = path.replace(/^\/groups\/:group/, '/groups/:id')
      const schema = staff.answerSchema(method, fastifyPath)
      t.ok(schema && Value.Check(schema, answer.body), `${method} ${path} answers what it declares`)
    }
  }
})

async function as(staff: StaffApp, flags: object, granted: readonly string[], method: string) {
  const person = await staff.somebody(flags, granted)
  return (path: string, body: unknown) => person.send(method, path, body)
}

let counter = 0

/** Ids of things of their own in the place of names. */
async function filled(
  { app, somebody, group, database }: StaffApp,
  path: string,
  body: unknown,
): Promise<[string, unknown]> {
  const { id } = await somebody({}, ['store.view_asset'])
  const { token } = await app.auth0Users.apiTokens.create({ userId: id, name: 'of the test' })
  const session = await database.db
    .insertInto('accounts_session')
    .values({
      ...{ user_id: id, hash: Buffer.alloc(32, ++counter), created_at: new Date(), last_seen_at: new Date() },
      expires_at: new Date(Date.now() + 3_600_000),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const groupId = await group(`group ${counter}`, ['store.view_asset'])
  const names: Record<string, string> = {
    ...{ id, token: token.id, session: session.id, group: groupId, permission: 'store.view_asset' },
  }
  const to = path.replaceAll(/:(\w+)/g, (_, name: string) => names[name] ?? name)
  return [to, body === undefined ? undefined : JSON.parse(JSON.stringify(body).replace(':new', `new ${counter}`))]
}
