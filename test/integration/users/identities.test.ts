import { sql } from 'kysely'
import t from 'tap'
import { system } from '#plugin/audit/audit.js'
import type { Auth0UsersOptions } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test', email_verified: true }
const github = { ...ann, sub: 'github|ann' }
const bee = { sub: 'auth0|bee', email: undefined, given_name: 'Bee' }

async function people(test: Parameters<typeof build>[0], plugin: Partial<Auth0UsersOptions> = {}) {
  const built = await build(test, {
    plugin: { users: { emailConflict: 'link' }, ...plugin },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const me = async (claims: Record<string, unknown>) =>
    built.app.inject({ url: '/me', headers: { authorization: await built.bearer(claims) } })
  const actions = async () =>
    (await built.database.db.selectFrom('accounts_audit').select('action').orderBy('id').execute()).map(r => r.action)
  const id = async (claims: Record<string, unknown>) => (await me(claims)).json().id as string
  return { ...built, me, id, actions, users: built.app.auth0Users.users }
}

t.test('an unlinked identity is no longer the person', async t => {
  const { id, users, actions, database } = await people(t)
  const person = await id(ann)
  t.equal(await id(github), person)
  t.equal(await users.unlink('github|ann', system), person)
  t.equal(await users.findByAuth0Id('github|ann'), null)
  t.equal(await users.unlink('github|ann', system), null)
  t.equal(await users.unlink('\u0000', system), null)
  t.strictSame(await actions(), ['user.created', 'user.linked', 'user.unlinked'])

  t.equal(await id(github), person, 'signing in anew follows the policy')
  t.equal(await users.unlink('auth0|ann', system), person, 'the first identity can go where another is left')
  t.match(await users.find(person), { auth0_id: 'github|ann' })
  await t.rejects(users.unlink('github|ann', system), { code: 'A0U_IDENTITY_LAST' })
  t.equal((await database.db.selectFrom('accounts_identity').selectAll().execute()).length, 0)
})

t.test('two people become one, with the rows of the host', async t => {
  const seen: unknown[] = []
  const { id, me, users, actions, app, database } = await people(t)
  app.auth0Users.addHook('beforeMerge', async ({ from, into }, { trx, actor }) => {
    seen.push(actor.requestId)
    await sql`update asset set owner_id = ${into.id} where owner_id = ${from.id}`.execute(trx)
  })
  app.auth0Users.addHook('onMerged', ({ from, into }) => void seen.push(from.auth0_id, into.auth0_id))
  await sql`create table asset (owner_id uuid not null references accounts_user (id))`.execute(database.db)
  const [from, into] = [await id(ann), await id(bee)]
  await id(github)
  await sql`insert into asset values (${from})`.execute(database.db)
  await sql`update accounts_user set tokens_valid_after = '2020-01-01Z' where id = ${from}`.execute(database.db)

  const merged = await users.merge(from, into, { ...system, requestId: 'r7' })
  t.match(merged, { id: into, email: 'ann@x.test', email_verified: true, first_name: 'Bee' })
  t.equal(merged.tokens_valid_after, '2020-01-01T00:00:00.000Z')
  for (const claims of [ann, github, bee]) t.equal((await me(claims)).json().id, into, claims.sub)
  t.equal(await users.find(from), null)
  t.strictSame(seen, ['r7', 'auth0|ann', 'auth0|bee'])
  t.strictSame((await actions()).slice(0, 5), [
    'user.created',
    'user.created',
    'user.linked',
    'user.merged',
    'user.merged',
  ])
})

t.test('a merge that cannot be leaves everything as it was', async t => {
  const { id, users, app, database } = await people(t)
  const [from, into] = [await id(ann), await id(bee)]
  const snapshot = () => database.db.selectFrom('accounts_user').selectAll().orderBy('id').execute()
  const set = (column: string, value: boolean) =>
    sql`update accounts_user set ${sql.ref(column)} = ${value} where id = ${from}`.execute(database.db)
  const nobody = '00000000-0000-4000-8000-000000000000'
  const refused = async (code: string, a = from, b = into) => {
    const before = await snapshot()
    await t.rejects(users.merge(a, b, system), { code })
    t.strictSame(await snapshot(), before)
  }
  await refused('A0U_MERGE_REFUSED', from, from)
  await refused('A0U_USER_UNKNOWN', from, nobody)
  await refused('A0U_USER_UNKNOWN', 'x', into)
  for (const column of ['is_active', 'is_platform']) {
    await set(column, column === 'is_platform')
    await refused('A0U_MERGE_REFUSED')
    await set(column, column === 'is_active')
  }
  await sql`create table asset (owner_id uuid not null references accounts_user (id))`.execute(database.db)
  await sql`insert into asset values (${from})`.execute(database.db)
  await refused('A0U_MERGE_REFUSED')
  app.auth0Users.addHook('beforeMerge', () => {
    throw new Error('not now')
  })
  await refused('A0U_HOOK_FAILED')
})

t.test('two merges into one another at once: one of them happens', async t => {
  const { id, users } = await people(t)
  const [a, b] = [await id(ann), await id(bee)]
  const results = await Promise.allSettled([users.merge(a, b, system), users.merge(b, a, system)])
  t.strictSame(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})
