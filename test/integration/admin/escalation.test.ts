import t from 'tap'
import type { Permission } from '#plugin/index.js'
import { type Flags, type Somebody, staffApp } from './staff.ts'

const manager = ['accounts.view_user', 'accounts.change_user', 'accounts.grant_permission', 'accounts.change_group']

t.test('nobody reaches beyond their own rights', async t => {
  const staff = await staffApp(t)
  const { somebody, group } = staff
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const clerk = await somebody({ is_staff: true }, [...manager, 'accounts.change_superuser', 'accounts.delete_token'])
  const platform = await somebody({ is_staff: true, is_platform: true }, manager)
  const otherPlatform = await somebody({ is_platform: true })
  const plain = await somebody()
  const strong = await group('strong', ['store.delete_asset', 'accounts.view_user'])
  const weak = await group('weak', ['accounts.view_user'])

  /** Who, what they try, and why not. */
  const attempts: [Somebody, method: string, path: string, body: unknown, reason: RegExp][] = [
    [clerk, 'PUT', `/users/${plain.id}/permissions/store.delete_asset`, undefined, /do not hold/],
    [clerk, 'PUT', `/users/${plain.id}/groups/${strong}`, undefined, /do not hold/],
    [
      clerk,
      'PUT',
      `/groups/${weak}/permissions`,
      { permissions: ['accounts.view_user', 'store.view_asset'] },
      /do not hold/,
    ],
    [clerk, 'PUT', `/users/${clerk.id}/permissions/accounts.view_user`, undefined, /to themselves/],
    [clerk, 'PUT', `/users/${clerk.id}/groups/${weak}`, undefined, /to themselves/],
    [clerk, 'PATCH', `/users/${plain.id}`, { is_superuser: true }, /by superusers only/],
    [clerk, 'PATCH', `/users/${clerk.id}`, { is_superuser: true }, /by superusers only/],
    [clerk, 'PATCH', `/users/${superuser.id}`, { is_staff: false }, /by superusers only/],
    [clerk, 'PATCH', `/users/${superuser.id}`, { is_superuser: false }, /by superusers only/],
    [clerk, 'POST', `/users/${superuser.id}/deactivate`, undefined, /by superusers only/],
    [clerk, 'POST', `/users/${superuser.id}/sign-out`, undefined, /by superusers only/],
    [clerk, 'PUT', `/users/${superuser.id}/permissions/accounts.view_user`, undefined, /by superusers only/],
    [clerk, 'DELETE', `/users/${superuser.id}/permissions/accounts.view_user`, undefined, /by superusers only/],
    [clerk, 'PUT', `/users/${superuser.id}/groups/${weak}`, undefined, /by superusers only/],
    [clerk, 'DELETE', `/users/${superuser.id}/groups/${weak}`, undefined, /by superusers only/],
    [clerk, 'DELETE', `/users/${superuser.id}/tokens/${superuser.id}`, undefined, /by superusers only/],
    [platform, 'PATCH', `/users/${platform.id}`, { is_platform: false }, /cannot remove the limits/],
    [platform, 'PATCH', `/users/${otherPlatform.id}`, { is_platform: false }, /cannot remove the limits/],
  ]
  for (const [who, method, path, body, reason] of attempts) {
    const answer = await who.send(method, path, body)
    t.match(
      answer,
      { status: 403, body: { code: 'A0U_ESCALATION', reason } },
      `${method} ${path} ${JSON.stringify(body)}`,
    )
  }
  t.match(await platform.send('DELETE', `/users/${plain.id}/groups/${weak}`), { body: { code: 'A0U_PLATFORM_DELETE' } })
  t.strictSame(await granted(), [], 'nothing was granted')
  t.strictSame(await staff.actions(superuser.id), [], 'nothing was done to the superuser')
  t.strictSame((await superuser.send('GET', `/groups/${weak}`)).body.permissions, ['accounts.view_user'])

  for (const [method, path, body, status] of [
    ['PUT', `/users/${plain.id}/permissions/accounts.view_user`, undefined, 204],
    ['PUT', `/users/${plain.id}/groups/${weak}`, undefined, 204],
    ['PATCH', `/users/${plain.id}`, { is_staff: true, is_platform: true }, 200],
    ['PATCH', `/users/${clerk.id}`, { is_platform: true }, 200],
  ] as [string, string, unknown, number][]) {
    t.equal((await clerk.send(method, path, body)).status, status, `what the clerk may: ${method} ${path}`)
  }
  t.equal((await superuser.send('PUT', `/users/${plain.id}/permissions/store.delete_asset`)).status, 204)
  t.equal((await superuser.send('PATCH', `/users/${plain.id}`, { is_superuser: true })).status, 200)

  async function granted(): Promise<unknown[]> {
    const rows = await staff.database.db
      .selectFrom('accounts_user_permission')
      .selectAll()
      .where('user_id', 'in', [plain.id, superuser.id])
      .execute()
    return [...rows, ...(await staff.database.db.selectFrom('accounts_user_group').selectAll().execute())]
  }
})

t.test('a limited API token of a superuser is not a superuser', async t => {
  const { app, somebody, send } = await staffApp(t, { plugin: { methods: { token: true } } })
  const superuser = await somebody({ is_staff: true, is_superuser: true })
  const plain = await somebody()
  const token = async (scopes?: readonly string[]) => {
    // The names of the reference app are known to the compiler here, the plugin's own are not.
    const limit = scopes === undefined ? {} : { scopes: scopes as readonly Permission[] }
    const { text } = await app.auth0Users.apiTokens.create({ userId: superuser.id, name: 'x', ...limit })
    return `Token ${text}`
  }
  const limited = await token(['accounts.change_user', 'accounts.grant_permission'])
  const whole = await token()
  const full = { is_superuser: true }
  t.match(await send(limited, 'PATCH', `/users/${plain.id}`, full), { status: 403, body: { code: 'A0U_ESCALATION' } })
  t.match(await send(limited, 'PUT', `/users/${plain.id}/permissions/store.view_asset`), {
    status: 403,
    body: { code: 'A0U_ESCALATION' },
  })
  t.equal((await send(limited, 'PUT', `/users/${plain.id}/permissions/accounts.change_user`)).status, 204)
  t.equal((await send(whole, 'PATCH', `/users/${plain.id}`, full)).status, 200)
})

t.test('the last active superuser stays, whatever runs at the same time', async t => {
  const { somebody, database } = await staffApp(t)
  const reset = (id: string): Promise<unknown> =>
    database.db
      .updateTable('accounts_user')
      .set({ is_superuser: true, is_active: true, is_staff: true })
      .where('id', '=', id)
      .execute()
  const flags: Flags = { is_staff: true, is_superuser: true }
  const [one, two] = [await somebody(flags), await somebody(flags)]
  await somebody({ ...flags, is_active: false })
  const living = async () =>
    (
      await database.db
        .selectFrom('accounts_user')
        .select('id')
        .where('is_superuser', '=', true)
        .where('is_active', '=', true)
        .execute()
    ).length

  const demote = { is_superuser: false }
  const pairs: [string, (who: Somebody, whom: Somebody) => Promise<{ status: number }>][] = [
    ['each demotes themselves', who => who.send('PATCH', `/users/${who.id}`, demote)],
    ['each demotes the other', (who, whom) => who.send('PATCH', `/users/${whom.id}`, demote)],
    ['each deactivates themselves', who => who.send('POST', `/users/${who.id}/deactivate`)],
    ['each deactivates the other', (who, whom) => who.send('POST', `/users/${whom.id}/deactivate`)],
  ]
  for (const [name, act] of pairs) {
    for (let round = 0; round < 5; round++) {
      const statuses = (await Promise.all([act(one, two), act(two, one)])).map(({ status }) => status).sort()
      t.equal(statuses[0], 200, `${name}: one of them may`)
      t.ok(statuses[1] === 409 || statuses[1] === 403, `${name}: the other one may not (${statuses[1]})`)
      t.equal(await living(), 1, name)
      await Promise.all([reset(one.id), reset(two.id)])
      const sub = (await one.send('PATCH', `/users/${two.id}`, { is_platform: round % 2 === 0 })).status
      t.ok(sub === 200 || sub === 403, 'caches see the reset')
    }
  }
  await database.db.updateTable('accounts_user').set({ is_superuser: false }).where('id', '=', two.id).execute()
  for (const [method, path, body] of [
    ['PATCH', `/users/${one.id}`, demote],
    ['PATCH', `/users/${one.id}`, { is_active: false, is_staff: false }],
    ['POST', `/users/${one.id}/deactivate`, undefined],
  ] as [string, string, unknown][]) {
    t.match(await one.send(method, path, body), { status: 409, body: { code: 'A0U_LAST_SUPERUSER' } })
  }
  t.equal(await living(), 1)
})

t.test('who was stopped in another process does not act on what a cache says', async t => {
  const { somebody, database } = await staffApp(t)
  const clerk = await somebody({ is_staff: true }, manager)
  const plain = await somebody()
  t.equal((await clerk.send('GET', `/users/${plain.id}`)).status, 200)
  await database.db.updateTable('accounts_user').set({ is_staff: false }).where('id', '=', clerk.id).execute()
  t.equal((await clerk.send('GET', `/users/${plain.id}`)).status, 200, 'reads go on for the time of the cache')
  const answer = await clerk.send('PUT', `/users/${plain.id}/permissions/accounts.view_user`)
  t.match(answer, { status: 403, body: { code: 'A0U_STAFF_REQUIRED' } })
})
