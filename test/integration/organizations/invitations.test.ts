// Invitations: who may send them, who can accept them, and that each is used once.
import t from 'tap'
import { type BuiltApp, build } from '../../helpers/app.ts'

const base = '/api/v1/accounts/organizations'

interface Started extends BuiltApp {
  /** The id of the organization `acme`. */
  readonly acme: string
  readonly globex: string
  readonly tokens: string[]
}

async function start(t: Parameters<typeof build>[0]): Promise<Started> {
  const tokens: string[] = []
  const built = await build(t, {
    plugin: {
      organizations: { invitations: { maxOpen: 3 } },
      hooks: { afterInvite: ({ token }) => void tokens.push(token) },
    },
  })
  const owner = await signIn(built, 'ann')
  const other = await signIn(built, 'cy')
  const { organizations } = built.app.auth0Users
  const acme = await organizations.create({ name: 'acme', auth0Id: 'org_Acme1', ownerId: owner })
  const globex = await organizations.create({ name: 'globex', auth0Id: 'org_Globex1', ownerId: other })
  return { ...built, acme: acme.id, globex: globex.id, tokens }
}

async function bearer(built: BuiltApp, name: string, org?: string, verified = true): Promise<string> {
  const email = { email: `${name}@example.com`, email_verified: verified }
  return await built.bearer({ sub: `auth0|${name}`, ...email, ...(org === undefined ? {} : { org_id: org }) })
}

async function signIn(built: BuiltApp, name: string, verified = true): Promise<string> {
  const headers = { authorization: await bearer(built, name, undefined, verified) }
  await built.app.inject({ url: `${base}/invitations/`, headers })
  const row = await built.database.db
    .selectFrom('accounts_user')
    .select('id')
    .where('auth0_id', '=', `auth0|${name}`)
    .executeTakeFirstOrThrow()
  return row.id
}

type Body = Readonly<Record<string, unknown>>

async function call(
  built: BuiltApp,
  [method, path]: readonly ['GET' | 'POST' | 'DELETE', string],
  authorization: string,
  payload?: Body,
): Promise<{ status: number; body: Body & { id: string; code?: string } }> {
  const response = await built.app.inject({
    ...{ method, url: base + path, headers: { authorization } },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: response.statusCode, body: response.body === '' ? { id: '' } : response.json() }
}

async function roleOf(built: Started, name: string): Promise<string | undefined> {
  const row = await built.database.db
    .selectFrom('accounts_membership as m')
    .innerJoin('accounts_user as u', 'u.id', 'm.user_id')
    .select('m.role')
    .where('m.organization_id', '=', built.acme)
    .where('u.auth0_id', '=', `auth0|${name}`)
    .executeTakeFirst()
  return row?.role
}

t.test('an owner invites, a new user becomes a member with their first sign-in', async t => {
  const built = await start(t)
  const ann = await bearer(built, 'ann', 'org_Acme1')
  const path = `/${built.acme}/invitations/`
  const { status, body } = await call(built, ['POST', path], ann, { email: 'Bo@example.com', role: 'owner' })
  t.equal(status, 201)
  t.match(body, { email: 'Bo@example.com', role: 'owner', organization_id: built.acme, accepted_at: null })
  t.notOk('token' in body, 'the token goes to the hook only')
  t.equal(built.tokens.length, 1)
  await signIn(built, 'bo', false)
  t.equal(await roleOf(built, 'bo'), undefined, 'not by an address that is not verified')
  await call(built, ['POST', path], ann, { email: 'dee@example.com' })
  await signIn(built, 'dee')
  t.equal(await roleOf(built, 'dee'), 'member')
  const known = await call(built, ['POST', path], ann, { email: 'cy@example.com' })
  t.equal(known.status, 201)
  t.strictSame(Object.keys(known.body), Object.keys(body), 'the same for a known address')
})

t.test('a known user accepts by the token or by the id, once', async t => {
  const built = await start(t)
  const ann = await bearer(built, 'ann', 'org_Acme1')
  await signIn(built, 'bo')
  await signIn(built, 'eve')
  await call(built, ['POST', `/${built.acme}/invitations/`], ann, { email: 'bo@example.com' })
  const [token = ''] = built.tokens
  const eve = await bearer(built, 'eve')
  t.equal((await call(built, ['POST', '/invitations/accept/'], eve, { token })).body.code, 'A0U_INVITATION_ADDRESS')
  const bo = await bearer(built, 'bo')
  const own = await call(built, ['GET', '/invitations/'], bo)
  const [{ id }] = own.body['items'] as [{ id: string }]
  t.equal((await call(built, ['POST', '/invitations/accept/'], eve, { id })).body.code, 'A0U_INVITATION_INVALID')
  const responses = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      call(built, ['POST', '/invitations/accept/'], bo, i % 2 === 0 ? { token } : { id }),
    ),
  )
  t.equal(responses.filter(({ status }) => status === 200).length, 1, 'used once')
  t.equal(responses.filter(({ body }) => body.code === 'A0U_INVITATION_INVALID').length, 7)
  t.equal(await roleOf(built, 'bo'), 'member')
  const { organizations } = built.app.auth0Users
  const userId = await signIn(built, 'bo')
  await organizations.removeMember({ organizationId: built.acme, userId })
  t.equal((await call(built, ['POST', '/invitations/accept/'], bo, { token })).status, 404)
  t.equal(await roleOf(built, 'bo'), undefined)
})

t.test('another organization, an unknown one and a member without the permission', async t => {
  const built = await start(t)
  const ann = await bearer(built, 'ann', 'org_Acme1')
  const unknown = '00000000-0000-4000-8000-000000000000'
  for (const id of [built.globex, unknown, 'x']) {
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', ''],
      ['POST', `${unknown}/resend/`],
      ['DELETE', `${unknown}/`],
    ] as const) {
      const payload = method === 'POST' ? { email: 'bo@example.com' } : undefined
      const { status, body } = await call(built, [method, `/${id}/invitations/${rest}`], ann, payload)
      t.strictSame([status, body.code], [404, 'A0U_NOT_FOUND'], `${method} ${id} ${rest}`)
    }
  }
  const outside = await bearer(built, 'ann')
  t.equal((await call(built, ['GET', `/${built.acme}/invitations/`], outside)).status, 404, 'not in its requests')
  const userId = await signIn(built, 'bo')
  await built.app.auth0Users.organizations.addMember({ organizationId: built.acme, userId })
  const bo = await bearer(built, 'bo', 'org_Acme1')
  const refused = await call(built, ['POST', `/${built.acme}/invitations/`], bo, { email: 'x@example.com' })
  t.equal(refused.body.code, 'A0U_PERMISSION_DENIED')
})

t.test('no one hands on more than they hold', async t => {
  const built = await start(t)
  const { db } = built.database
  const { organizations } = built.app.auth0Users
  const userId = await signIn(built, 'bo')
  await organizations.addMember({ organizationId: built.acme, userId })
  await organizations.grant({ organizationId: built.acme, userId, permission: 'accounts.add_invitation' })
  const bo = await bearer(built, 'bo', 'org_Acme1')
  const path = `/${built.acme}/invitations/`
  const asOwner = await call(built, ['POST', path], bo, { email: 'x@example.com', role: 'owner' })
  t.equal(asOwner.body.code, 'A0U_ESCALATION')
  const group = await db
    .insertInto('accounts_group')
    .values({ name: 'support' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const permission = 'accounts.view_user'
  await db.insertInto('accounts_group_permission').values({ group_id: group.id, permission }).execute()
  const ann = await bearer(built, 'ann', 'org_Acme1')
  const grouped = await call(built, ['POST', path], ann, { email: 'x@example.com', groups: [group.id] })
  t.equal(
    grouped.body.code,
    'A0U_ESCALATION',
    'groups count everywhere; an owner holds them in the organization at most',
  )
  t.equal((await call(built, ['POST', path], bo, { email: 'x@example.com' })).status, 201)
  await organizations.revoke({ organizationId: built.acme, userId, permission: 'accounts.add_invitation' })
  await signIn(built, 'x')
  t.equal(await roleOf(built, 'x'), undefined, 'what they sent ends with the grant')
})

t.test('limits, revocation and faults', async t => {
  const built = await start(t)
  const ann = await bearer(built, 'ann', 'org_Acme1')
  const path = `/${built.acme}/invitations/`
  const faulty = await call(built, ['POST', path], ann, { email: 'x', groups: ['y'], expires_in: 0 })
  t.equal(faulty.body.code, 'A0U_BODY_INVALID')
  const first = await call(built, ['POST', path], ann, { email: 'bo@example.com' })
  const again = await call(built, ['POST', `${path}${first.body.id}/resend/`], ann)
  t.equal(again.body.code, 'A0U_INVITATION_LIMIT', 'within an hour')
  t.equal((await call(built, ['DELETE', `${path}${first.body.id}/`], ann)).status, 204)
  const resent = await call(built, ['POST', `${path}${first.body.id}/resend/`], ann)
  t.equal(resent.body.code, 'A0U_INVITATION_INVALID')
  await signIn(built, 'bo')
  t.equal(await roleOf(built, 'bo'), undefined, 'revoked')
  await call(built, ['POST', path], ann, { email: 'dee@example.com' })
  await call(built, ['POST', path], ann, { email: 'eve@example.com' })
  const fourth = await call(built, ['POST', path], ann, { email: 'fay@example.com' })
  t.equal(fourth.body.code, 'A0U_INVITATION_LIMIT')
  const page = await call(built, ['GET', `${path}?limit=2`], ann)
  t.equal((page.body['items'] as unknown[]).length, 2)
  t.equal(typeof page.body['next'], 'string')
  const stored = await built.database.db.selectFrom('accounts_invitation').selectAll().execute()
  t.notOk(
    built.tokens.some(token => JSON.stringify(stored).includes(token)),
    'no token is stored',
  )
})
