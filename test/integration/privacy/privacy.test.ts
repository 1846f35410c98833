import { Type } from '@sinclair/typebox'
import { sql } from 'kysely'
import t from 'tap'
import { reservedExportNames } from '#plugin/privacy/options.js'
import { privacyParts } from '#plugin/wiring/privacy.js'
import { accountApp, profilePath } from '../profile/account.ts'

const Profile = Type.Object(
  {
    phone: Type.Optional(Type.String({ format: 'phone', consent: 'contact' })),
    mobile: Type.Optional(Type.String({ format: 'phone', consent: 'contact' })),
    title: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
const profile = { schema: Profile, required: ['title'] }
const grant = { purpose: 'contact', version: '2025-01', granted: true }

t.test('a decision is recorded whatever the id of its request is', async t => {
  const { person, database } = await accountApp(t, { profile, fastify: { genReqId: () => 'nul \0 \ud800' } })
  const someone = await person('auth0|1')
  t.equal((await someone.send('PUT', grant, {}, 'consents/')).status, 200)
  const rows = await database.db.selectFrom('accounts_consent').select('request_id').execute()
  t.strictSame(rows, [{ request_id: 'nul \ufffd \ufffd' }])
})

t.test('a field that demands a consent is kept only while the consent lasts', async t => {
  const { person, database } = await accountApp(t, { profile, privacy: { consents: ['newsletter'] } })
  const someone = await person('auth0|1')
  const fields = { phone: '+965 0000 0000', mobile: '+965 0000 0001', title: 'Engineer' }
  const refused = await someone.send('PUT', { profile_data: fields })
  t.match(refused, { status: 400, body: { code: 'A0U_CONSENT_REQUIRED', missing_consents: ['contact'] } })
  t.strictSame(
    refused.body.faults.map((fault: { field: string }) => fault.field),
    ['profile_data.phone', 'profile_data.mobile'],
  )
  t.strictSame((await someone.get()).body.profile_data, {}, 'nothing was written')

  const given = await someone.send('PUT', grant, {}, 'consents/')
  t.match(given, { status: 200, body: { consents: [{ ...grant, at: /^\d{4}-/ }] } })
  t.equal(given.headers['etag'], (await someone.get()).headers['etag'])
  const saved = await someone.send('PUT', { profile_data: fields })
  t.match(saved, { status: 200, body: { profile_data: fields, profile_complete: true } })

  const withdrawn = await someone.send('PUT', { ...grant, granted: false }, {}, 'consents')
  t.equal(withdrawn.status, 200)
  const { phone, mobile, title } = withdrawn.body.profile_data
  t.strictSame({ phone, mobile, title }, { phone: undefined, mobile: undefined, title: 'Engineer' })
  t.match(withdrawn.body.consents, [{ purpose: 'contact', granted: false }])
  t.ok(withdrawn.body.updated_at > saved.body.updated_at)
  t.equal((await someone.send('PUT', { profile_data: { phone: '+96500000000' } })).status, 400)

  const trail = await database.db
    .selectFrom('accounts_audit')
    .select(['action', 'fields', 'detail'])
    .orderBy('id', 'desc')
    .limit(3)
    .execute()
  t.match(trail, [
    {
      action: 'consent.withdrawn',
      fields: ['profile_data.phone', 'profile_data.mobile'],
      detail: { purpose: 'contact', version: '2025-01' },
    },
    { action: 'profile.updated' },
    { action: 'consent.granted', fields: [], detail: { purpose: 'contact' } },
  ])
})

t.test('a decision that changes nothing writes nothing; a new version of the text is a new decision', async t => {
  const { person, database } = await accountApp(t, { profile })
  const someone = await person('auth0|1')
  const history = () =>
    database.db.selectFrom('accounts_consent').select(['version', 'granted', 'method']).orderBy('id').execute()
  for (const _ of [1, 2, 3]) t.equal((await someone.send('PUT', grant, {}, 'consents/')).status, 200)
  t.strictSame(await history(), [{ version: '2025-01', granted: true, method: 'jwt' }])
  await someone.send('PUT', { ...grant, version: '2025-02' }, {}, 'consents/')
  await Promise.all([1, 2, 3, 4].map(() => someone.send('PUT', { ...grant, granted: false }, {}, 'consents/')))
  t.strictSame(
    (await history()).map(row => [row.version, row.granted]),
    [
      ['2025-01', true],
      ['2025-02', true],
      ['2025-01', false],
    ],
  )
  const audited = await database.db
    .selectFrom('accounts_audit')
    .select('id')
    .where('action', 'like', 'consent.%')
    .execute()
  t.equal(audited.length, 3)
})

t.test('consents of the wrong shape or purpose are refused', async t => {
  const { person } = await accountApp(t, { profile, privacy: { consents: ['newsletter'] } })
  const someone = await person('auth0|1')
  t.equal((await someone.send('PUT', { ...grant, purpose: 'newsletter' }, {}, 'consents/')).status, 200)
  const wrong = [
    '',
    'null',
    '[]',
    '{}',
    { ...grant, purpose: 'sale' },
    { ...grant, purpose: 'Contact' },
    { ...grant, purpose: 7 },
    { ...grant, granted: 'true' },
    { ...grant, granted: 1 },
    { ...grant, version: '' },
    { ...grant, version: 'x'.repeat(101) },
    { ...grant, version: null },
    { purpose: 'contact', granted: true },
    { ...grant, at: '2020-01-01T00:00:00Z' },
    { ...grant, user_id: 'x' },
    '{"purpose":"contact","version":"\\u0000","granted":true}',
    `{"purpose":"contact","version":"1","granted":${'['.repeat(1000)}`,
  ]
  for (const body of wrong) {
    const answer = await someone.send('PUT', body, {}, 'consents/')
    t.match(answer, { status: 400, body: { code: 'A0U_BODY_INVALID' } }, JSON.stringify(body))
  }
  t.equal((await someone.send('PUT', `"${'x'.repeat(20_000)}"`, {}, 'consents/')).status, 413)
  t.equal((await someone.get()).body.consents.length, 1)
  const anyPurpose = await (await accountApp(t)).person('auth0|1')
  t.equal(
    (await anyPurpose.send('PUT', { ...grant, purpose: 'research' }, {}, 'consents/')).status,
    200,
    'where the host names none',
  )
})

t.test('the export holds everything, the host’s parts included, as one document to keep', async t => {
  const { person, database } = await accountApp(t, {
    profile,
    privacy: {
      export: {
        orders: async (trx, userId) => {
          const settings = sql`select ${userId}::text as of, current_setting('transaction_isolation') as isolation,
            current_setting('transaction_read_only') as read_only`
          return (await settings.execute(trx)).rows
        },
        nothing: async () => undefined,
      },
    },
  })
  const someone = await person('auth0|1', { email: 'a@example.com' })
  await someone.send('PUT', grant, {}, 'consents/')
  const { body } = await someone.send('PUT', { first_name: 'Ali', profile_data: { phone: '+96500000000', title: 'x' } })
  await database.db.insertInto('accounts_identity').values({ auth0_id: 'github|7', user_id: body.id }).execute()
  const answer = await someone.get('export/')
  t.equal(answer.status, 200)
  t.match(answer.headers['content-disposition'], /^attachment; filename="[\w.-]+\.json"$/)
  t.match(answer.headers['content-type'], 'application/json')
  t.equal(answer.headers['cache-control'], 'no-store')
  t.match(answer.body, {
    exported_at: /^\d{4}-/,
    account: {
      id: body.id,
      auth0_id: 'auth0|1',
      email: 'a@example.com',
      identities: [{ auth0_id: 'github|7' }],
    },
    grants: { groups: [], permissions: [] },
    profile: { first_name: 'Ali', profile_data: body.profile_data },
    consents: [{ purpose: 'contact', version: '2025-01', granted: true, method: 'jwt' }],
    activity: [{ action: 'profile.updated', by: 'self' }, { action: 'consent.granted' }, { action: 'user.created' }],
    nothing: null,
  })
  t.strictSame(answer.body.orders, [{ of: body.id, isolation: 'repeatable read', read_only: 'on' }], 'of one moment')
  t.equal((await someone.get('export')).status, 200)
  for (const name of Object.keys(privacyParts)) t.ok(reservedExportNames.includes(name), `${name} is reserved`)
})

t.test('erasing empties the profile in one transaction, keeps the identity, and may be repeated', async t => {
  const erased: string[] = []
  const { app, person, database } = await accountApp(t, {
    profile,
    privacy: { erase: { orders: async (_trx, userId) => erased.push(userId) } },
  })
  const claims = { email: 'a@example.com', given_name: 'Token', family_name: 'Name' }
  const someone = await person('auth0|1', claims)
  await someone.send('PUT', grant, {}, 'consents/')
  const { body } = await someone.send('PUT', {
    first_name: 'Secretname',
    profile_data: { phone: '+96511112222', title: 'Secrettitle' },
  })
  const { authorization } = someone
  const first = await app.inject({
    method: 'DELETE',
    url: profilePath,
    headers: { authorization, 'content-type': 'application/json' },
  })
  t.match(first, { statusCode: 204, body: '' })
  t.equal(first.headers['cache-control'], 'no-store')
  const after = await someone.get()
  t.match(after, {
    status: 200,
    body: {
      id: body.id,
      auth0_id: 'auth0|1',
      email: 'a@example.com',
      first_name: '',
      last_name: '',
      profile_complete: false,
    },
  })
  t.strictSame(after.body.profile_data, {})
  t.match(after.body.consents, [{ purpose: 'contact', granted: false }])
  t.strictSame(erased, [body.id])

  const dump = JSON.stringify([
    await database.db.selectFrom('accounts_user').selectAll().execute(),
    await database.db.selectFrom('accounts_audit').selectAll().execute(),
    await database.db.selectFrom('accounts_consent').selectAll().execute(),
  ])
  t.notMatch(dump, /Secret|96511112222|"Token"/, 'no erased value is left in any table')
  t.match(dump, 'profile.erased')
  t.equal((await someone.send('DELETE', undefined)).status, 204)
  t.equal((await someone.send('DELETE', undefined)).status, 204)
  t.strictSame((await someone.get()).body, after.body, 'a second erasure changes nothing')
  const again = await someone.send('PUT', { profile_data: { title: 'Back' } })
  t.match(again, {
    status: 200,
    body: { profile_data: { title: 'Back' }, profile_complete: true },
  })
})

t.test('an erasure without the host’s parts is on record once', async t => {
  const { person, database } = await accountApp(t, { profile })
  const someone = await person('auth0|1', { given_name: undefined, family_name: undefined })
  await someone.send('PUT', { profile_data: { title: 'x' } })
  for (const _ of [1, 2]) t.equal((await someone.send('DELETE', undefined)).status, 204)
  const trail = await database.db
    .selectFrom('accounts_audit')
    .select('fields')
    .where('action', '=', 'profile.erased')
    .execute()
  t.strictSame(
    trail.map(row => row.fields.sort()),
    [['profile_data.title']],
  )
})

t.test('an erasure whose host part fails erases nothing', async t => {
  const failure = Object.assign(new Error('still owed: secret'), { statusCode: 409, code: 'DEBTS' })
  for (const [error, status, code] of [
    [new Error('secret'), 500, 'A0U_HOOK_FAILED'],
    [failure, 409, 'DEBTS'],
  ] as const) {
    const { person } = await accountApp(t, {
      privacy: { erase: { orders: () => Promise.reject(error) }, export: { orders: () => Promise.reject(error) } },
    })
    const someone = await person('auth0|1')
    const { body } = await someone.send('PUT', { profile_data: { title: 'x' } })
    t.match(await someone.send('DELETE', undefined), { status, body: { code } })
    t.match(await someone.get('export/'), { status, body: { code } })
    t.strictSame((await someone.get()).body, body)
  }
})

t.test('an erasure and a concurrent save do not mix', async t => {
  const { person } = await accountApp(t)
  const someone = await person('auth0|1')
  for (let round = 0; round < 10; round++) {
    await someone.send('PUT', { profile_data: { old: 1 } })
    const [save, erasure] = await Promise.all([
      someone.send('PUT', { profile_data: { fresh: 1 } }),
      someone.send('DELETE', undefined),
    ])
    t.strictSame([save.status, erasure.status], [200, 204])
    t.notOk('old' in (await someone.get()).body.profile_data)
  }
})

t.test('no part of it is open to somebody else', async t => {
  const { app, person } = await accountApp(t)
  const [one, other] = [await person('auth0|1'), await person('auth0|2')]
  await one.send('PUT', { profile_data: { title: 'mine' } })
  t.notMatch((await other.get('export/')).body, { profile: { profile_data: { title: 'mine' } } })
  t.strictSame(
    (await other.get('activity/')).body.items.map((item: { action: string }) => item.action),
    ['user.created'],
  )
  for (const [method, path] of [
    ['GET', 'export/'],
    ['GET', 'activity/'],
    ['PUT', 'consents/'],
    ['DELETE', ''],
  ] as const) {
    t.equal((await app.inject({ method, url: profilePath + path })).statusCode, 401)
  }
})
