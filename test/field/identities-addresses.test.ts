// Field case I1 and its siblings: one rule for an address, whoever compares it.
import t, { type Test } from 'tap'
import { migrate } from '#plugin/db/migrate.js'
import type { Auth0UsersOptions } from '#plugin/index.js'
import { foldAddress, sameAddress, storedAddress } from '#plugin/lib/address.js'
import { build } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'

async function people(t: Test, plugin: Partial<Auth0UsersOptions> = {}) {
  const built = await build(t, {
    plugin: { cache: { ttl: 0 }, ...plugin },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const me = async (claims: Record<string, unknown>) => {
    const response = await built.app.inject({ url: '/me', headers: { authorization: await built.bearer(claims) } })
    return { status: response.statusCode, body: response.json() }
  }
  return { ...built, me }
}

const first = { sub: 'auth0|alice', email: 'Alice@X.test', email_verified: true }
const second = { sub: 'google-oauth2|alice', email: ' alice@x.test ', email_verified: true }

t.test('I1: an address in other letters is the same address', async t => {
  t.test('and rejected', async t => {
    const { me } = await people(t)
    t.equal((await me(first)).body.email, 'Alice@X.test', 'it is shown as given')
    t.match(await me(second), { status: 409, body: { code: 'A0U_EMAIL_CONFLICT' } })
  })
  t.test('linked', async t => {
    const { me } = await people(t, { users: { emailConflict: 'link' } })
    const { id } = (await me(first)).body
    t.match(await me(second), { status: 200, body: { id, email: 'Alice@X.test' } })
  })
  t.test('or left out of the second account', async t => {
    const { me } = await people(t, { users: { emailConflict: 'separate' } })
    await me(first)
    t.match(await me(second), { status: 200, body: { auth0_id: second.sub, email: null } })
  })
})

t.test('only ASCII letters are folded: all else are distinct mailboxes', async t => {
  const { me } = await people(t)
  for (const [n, email] of [
    'İ@x.test',
    'i̇@x.test',
    'ı@x.test',
    'É@x.test',
    'é@x.test',
    'ß@x.test',
    'ss@x.test',
  ].entries())
    t.match(await me({ sub: `auth0|n${n}`, email, email_verified: true }), { status: 200, body: { email } })
})

t.test('a claim in other letters changes nothing, nor does a trigger that folds the column', async t => {
  const { me, database } = await people(t)
  await database.pool.query(`create function fold() returns trigger language plpgsql as
    'begin new.email := lower(new.email); return new; end'`)
  await database.pool.query(
    'create trigger fold before insert or update on accounts_user for each row execute function fold()',
  )
  for (let n = 0; n < 6; n++) await me({ ...first, email: n % 2 === 0 ? 'Ann@X.test' : 'ANN@x.test' })
  const { rows } = await database.pool.query('select action from accounts_audit')
  t.strictSame(rows, [{ action: 'user.created' }])
})

t.test("a unique index of the host's own over lower(email) leads to the conflict that it is", async t => {
  const { me, database } = await people(t)
  await database.pool.query('create unique index host_lower on accounts_user (lower(email))')
  await me(first)
  t.match(await me(second), { status: 409 })
})

t.test('the search finds an address in any case, through the index of the rule', async t => {
  const { me, app, database } = await people(t)
  await me(first)
  await me({ sub: 'auth0|bob', email: 'bob@x.test' })
  const { items } = await app.auth0Users.users.search({ text: 'ALICE@x' })
  t.match(items, [{ email: 'Alice@X.test' }])
  await database.pool.query('set enable_seqscan = off')
  const { rows } = await database.pool.query(
    `explain select 1 from accounts_user where lower(email collate "C") = 'alice@x.test' and email <> ''`,
  )
  t.match(JSON.stringify(rows), /accounts_user_address_key/)
})

t.test('the migration refuses what collides, and leaves empty addresses alone', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  await pool.query(
    `create table accounts_user (id uuid primary key default gen_random_uuid(), auth0_id varchar(255), email varchar(255))`,
  )
  await pool.query(`insert into accounts_user (auth0_id, email) values ('a', 'A@x.test'), ('b', ' a@x.test')`)
  await t.rejects(migrate(db), { code: 'A0U_MIGRATION_REFUSED', message: /address-conflicts/ })
  await pool.query(`update accounts_user set email = 'b@x.test ' where auth0_id = 'b'`)
  await migrate(db)
  const { rows } = await pool.query(`select email from accounts_user order by auth0_id`)
  t.strictSame(rows, [{ email: 'A@x.test' }, { email: 'b@x.test' }])
  await t.rejects(pool.query(`insert into accounts_user (email) values ('B@X.test')`), { code: '23505' })
})

t.test('the rule in JavaScript is that of the database', async t => {
  const { pool } = await testDatabase(t)
  const texts = ['Abc@XYZ.test', 'İıſK@É.ß', '@[`{', 'ÀÉ𝐀@Ω.test', 'Ǆ@ǅ']
  const { rows } = await pool.query(
    'select lower(a collate "C") as key from unnest($1::text[]) with ordinality u(a, n) order by n',
    [texts],
  )
  t.strictSame(
    texts.map(foldAddress),
    rows.map(row => row.key),
  )
  t.ok(sameAddress('A@x', 'a@X'))
  t.notOk(sameAddress('', ''))
  t.notOk(sameAddress(null, null))
  t.equal(storedAddress(' a@x '), 'a@x')
  t.equal(storedAddress(' '), null)
})
