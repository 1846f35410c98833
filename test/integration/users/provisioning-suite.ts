import type { Test } from 'tap'
import type { Auth0UsersOptions, TableOptions } from '#plugin/index.js'
import type { Claims, LocalIssuer } from '#plugin/testing/index.js'
import { type BuiltApp, build } from '../../helpers/app.ts'
import type { TestDatabase } from '../../helpers/postgres.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test', email_verified: true, given_name: 'Ann', family_name: 'Lee' }

/** A migrated database of one test's own, and the plugin's options for it. */
export interface Place {
  readonly database: TestDatabase
  readonly tables: TableOptions
}

/** What provisioning promises, on whatever PostgreSQL `openPlace` brings. */
export function provisioningSuite(t: Test, openPlace: (t: Test) => Promise<Place>): void {
  /** An app that answers the person who asks; on the place of another one where that is given. */
  async function people(
    t: Test,
    plugin: Partial<Auth0UsersOptions> = {},
    beside?: { readonly place: Place; readonly issuer: LocalIssuer },
  ) {
    const place = beside?.place ?? (await openPlace(t))
    const built = await build(t, {
      plugin: { ...plugin, tables: place.tables },
      database: place.database,
      routes: app => {
        app.get('/me', request => request.getUser())
        app.get('/who', ({ auth }) => ({ principal: auth?.principal, subject: auth?.subject, user: auth?.user }))
      },
      ...(beside === undefined ? {} : { issuer: beside.issuer }),
    })
    const ask = (url: string) => async (claims: Claims) =>
      built.app.inject({ url, headers: { authorization: await built.bearer(claims) } })
    return { ...built, place, me: ask('/me'), who: ask('/who') }
  }

  const allUsers = ({ database }: BuiltApp) =>
    database.db.selectFrom('accounts_user').selectAll().orderBy('auth0_id').execute()
  const actions = async ({ database }: BuiltApp) =>
    (await database.db.selectFrom('accounts_audit').select('action').orderBy('id').execute()).map(row => row.action)

  t.test('a first request makes the row from the mapped claims, and a second one writes nothing', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    const first = await built.me(ann)
    t.equal(first.statusCode, 200)
    t.match(first.json(), {
      ...{ auth0_id: 'auth0|ann', username: 'auth0.ann', email: 'ann@x.test', email_verified: true },
      ...{ first_name: 'Ann', last_name: 'Lee', profile_data: {}, is_active: true, is_staff: false },
    })
    const [before] = await allUsers(built)
    t.strictSame((await built.me(ann)).json(), first.json())
    t.strictSame(await allUsers(built), [before])
    t.strictSame(await actions(built), ['user.created'])
  })

  t.test('500 concurrent first requests of one person make one row and run afterCreate once', async t => {
    let created = 0
    const built = await people(t, { hooks: { afterCreate: () => void created++ } })
    const authorization = await built.bearer(ann)
    const answers = await Promise.all(
      Array.from({ length: 500 }, () =>
        built.fetch('/me', { headers: { authorization } }).then(answer => answer.status),
      ),
    )
    t.strictSame(new Set(answers), new Set([200]))
    t.equal(answers.length, 500)
    t.equal((await allUsers(built)).length, 1)
    t.equal(created, 1)
    t.equal(built.issuer.fetches, 1, 'and fetch the keys once')
  })

  t.test('many new people at once are told apart', async t => {
    const built = await people(t)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => built.me({ ...ann, sub: `auth0|n${n}`, email: `n${n}@x.test` })),
    )
    for (const [n, answer] of answers.entries()) t.equal(answer.json().auth0_id, `auth0|n${n}`)
    t.equal((await allUsers(built)).length, 200)
  })

  t.test('a changed claim is one update of the changed columns; an absent one blanks nothing', async t => {
    const built = await people(t)
    await built.me(ann)
    const changed = (await built.me({ ...ann, given_name: 'Anna', family_name: undefined })).json()
    t.match(changed, { first_name: 'Anna', last_name: 'Lee', email: 'ann@x.test' })
    t.strictSame(await actions(built), ['user.created', 'user.updated'])
    const [event] = await built.database.db
      .selectFrom('accounts_audit')
      .select('fields')
      .orderBy('id', 'desc')
      .execute()
    t.strictSame(event?.fields, ['first_name'])
  })

  t.test('an older token does not undo what a newer one changed', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    const now = Math.floor(Date.now() / 1000)
    await built.me({ ...ann, iat: now - 60 })
    t.equal((await built.me({ ...ann, iat: now - 30, given_name: 'Newer' })).json().first_name, 'Newer')
    t.equal((await built.me({ ...ann, iat: now - 59, given_name: 'Older' })).json().first_name, 'Newer')
  })

  t.test('a name that the person edited here is not overwritten by a token, unless the option says so', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    await built.me(ann)
    const db = built.database.db
    await db
      .updateTable('accounts_user')
      .set({ first_name: 'Mine', edited_fields: ['first_name'] })
      .execute()
    t.equal((await built.me({ ...ann, given_name: 'Theirs' })).json().first_name, 'Mine')
    const always = await people(t, { users: { update: 'always' } }, built)
    t.equal((await always.me({ ...ann, given_name: 'Theirs' })).json().first_name, 'Theirs')
    const never = await people(t, { users: { update: 'never' } }, built)
    t.equal((await never.me({ ...ann, given_name: 'Again' })).json().first_name, 'Theirs')
  })

  t.test('an update never touches flags or profile data', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    await built.me(ann)
    const db = built.database.db
    await db.updateTable('accounts_user').set({ is_staff: true, profile_data: '{"phone":"1"}' }).execute()
    t.match((await built.me({ ...ann, given_name: 'Anna' })).json(), { is_staff: true, profile_data: { phone: '1' } })
  })

  t.test('a disabled person is refused, and their row is not written', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    await built.me(ann)
    await built.database.db.updateTable('accounts_user').set({ is_active: false }).execute()
    const before = await allUsers(built)
    const refused = await built.me({ ...ann, given_name: 'Other' })
    t.match(refused.json(), { statusCode: 403, code: 'A0U_USER_INACTIVE' })
    t.strictSame(await allUsers(built), before)
  })

  t.test('tokens issued before the person signed out everywhere are refused', async t => {
    const built = await people(t, { cache: { ttl: 0 } })
    const now = Math.floor(Date.now() / 1000)
    await built.me({ ...ann, iat: now - 100 })
    await built.database.db
      .updateTable('accounts_user')
      .set({ tokens_valid_after: new Date((now - 50) * 1000) })
      .execute()
    const refused = await built.me({ ...ann, iat: now - 100 })
    t.match(refused.json(), { statusCode: 401, code: 'A0U_TOKEN_REVOKED' })
    t.match(refused.headers['www-authenticate'], /error="invalid_token"/)
    t.equal((await built.me({ ...ann, iat: now - 10 })).statusCode, 200)
  })

  t.test('a change made elsewhere takes effect within the TTL, and at once after evict', async t => {
    let clock = Date.now()
    const built = await people(t, { now: () => clock })
    const id = (await built.me(ann)).json().id
    await built.database.db.updateTable('accounts_user').set({ is_staff: true }).execute()
    t.equal((await built.me(ann)).json().is_staff, false, 'still from memory')
    clock += 5001
    t.equal((await built.me(ann)).json().is_staff, true, 'after the TTL')
    await built.database.db.updateTable('accounts_user').set({ is_staff: false }).execute()
    built.app.auth0Users.evict(id)
    t.equal((await built.me(ann)).json().is_staff, false, 'after evict')
  })

  t.test('two identities that map to one username are two people with names of their own', async t => {
    const built = await people(t)
    const first = (await built.me({ ...ann, sub: 'auth0|a|b' })).json()
    const second = (await built.me({ ...ann, sub: 'auth0|a.b', email: 'other@x.test' })).json()
    t.equal(first.username, 'auth0.a.b')
    t.match(second.username, /^auth0\.a\.b~[0-9a-f]{10}$/)
    t.not(first.id, second.id)
  })

  t.test('an email that another person has', async t => {
    const github = { ...ann, sub: 'github|ann' }

    t.test('is a 409 that writes no person and is audited once', async t => {
      const built = await people(t)
      await built.me(ann)
      for (let n = 0; n < 3; n++)
        t.match((await built.me(github)).json(), { statusCode: 409, code: 'A0U_EMAIL_CONFLICT' })
      t.equal((await allUsers(built)).length, 1)
      t.strictSame(await actions(built), ['user.created', 'user.email_conflict'])
    })

    t.test('links the identity when both sides are verified', async t => {
      const built = await people(t, { users: { emailConflict: 'link' }, cache: { ttl: 0 } })
      const { id } = (await built.me(ann)).json()
      t.equal((await built.me(github)).json().id, id)
      t.equal((await built.me(github)).json().id, id)
      t.strictSame(await actions(built), ['user.created', 'user.linked'])
    })

    t.test('links nothing when either side is unverified', async t => {
      const built = await people(t, { users: { emailConflict: 'link' } })
      await built.me(ann)
      t.equal((await built.me({ ...github, email_verified: false })).statusCode, 409)
      await built.database.db.updateTable('accounts_user').set({ email_verified: false }).execute()
      t.equal((await built.me(github)).statusCode, 409)
    })

    t.test('may be left out of the second person', async t => {
      const built = await people(t, { users: { emailConflict: 'separate' } })
      await built.me(ann)
      t.match((await built.me(github)).json(), { email: null, email_verified: false, auth0_id: 'github|ann' })
    })

    t.test('does not lock out a person whose own address changes to it', async t => {
      const built = await people(t)
      await built.me(ann)
      await built.me({ ...ann, sub: 'auth0|bee', email: 'bee@x.test' })
      const bee = await built.me({ ...ann, sub: 'auth0|bee', email: 'ann@x.test', given_name: 'Bee' })
      t.match(bee.json(), { email: 'bee@x.test', first_name: 'Bee' })
    })
  })

  t.test("'existing' lets in only people with a row, and false looks for none", async t => {
    const existing = await people(t, { users: { provision: 'existing' } })
    t.match((await existing.me(ann)).json(), { statusCode: 403, code: 'A0U_USER_UNKNOWN' })
    t.equal((await allUsers(existing)).length, 0)
    await existing.database.db
      .insertInto('accounts_user')
      .values({ auth0_id: 'auth0|ann', profile_data: '{}' })
      .execute()
    t.match((await existing.me(ann)).json(), { first_name: 'Ann' })

    const none = await people(t, { users: { provision: false } })
    t.strictSame((await none.who(ann)).json(), { principal: 'user', subject: 'auth0|ann', user: null })
    t.equal((await allUsers(none)).length, 0)
  })

  t.test('machines and anonymous sessions never become people by accident', async t => {
    const built = await people(t)
    for (const [principal, claims] of [
      ['machine', { sub: 'abc@clients' }],
      ['machine', { sub: 'auth0|x', gty: 'client-credentials' }],
      ['anonymous', { sub: 'anon@x' }],
    ] as const) {
      t.strictSame((await built.who(claims)).json(), { principal, subject: claims.sub, user: null })
    }
    t.equal((await allUsers(built)).length, 0)

    const reject = await people(t, { users: { machine: 'reject' } })
    t.match((await reject.me({ sub: 'abc@clients' })).json(), { statusCode: 403, code: 'A0U_PRINCIPAL_REFUSED' })
    const asUser = await people(t, { users: { machine: 'user' } })
    t.match((await asUser.me({ sub: 'abc@clients', email: undefined })).json(), { auth0_id: 'abc@clients' })
  })

  t.test('a person gets in whatever their claims hold', async t => {
    const built = await people(t)
    for (const [n, hostile] of [null, 12, {}, [], 'x'.repeat(151), 'a\u0000b', '\ud800', '😀'.repeat(200)].entries()) {
      const answer = await built.me({
        ...ann,
        sub: `auth0|h${n}`,
        email: hostile as never,
        given_name: hostile as never,
      })
      t.equal(answer.statusCode, 200, JSON.stringify(hostile))
    }
  })
}
