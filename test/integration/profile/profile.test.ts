import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Type } from '@sinclair/typebox'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t, { type Test } from 'tap'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { accountApp, profilePath } from './account.ts'

const Profile = Type.Object(
  {
    phone: Type.Optional(Type.String({ format: 'phone' })),
    title: Type.Optional(Type.String({ maxLength: 50 })),
    employees: Type.Optional(Type.Integer({ minimum: 1 })),
    website: Type.Optional(Type.String({ format: 'url' })),
    note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    address: Type.Optional(Type.Object({ city: Type.String() }, { additionalProperties: false })),
    registration_source: Type.Optional(Type.String()),
    social_provider: Type.Optional(Type.String()),
    registration_completed_at: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { additionalProperties: false },
)
const required = ['first_name', 'phone', 'title']

t.test('the registration of the Django front end works unchanged', async t => {
  const { person, database } = await accountApp(t, {
    profile: { schema: Profile, required },
    now: () => Date.now(),
  })
  const ahmed = await person('auth0|12345', {
    email: 'ahmed@example.com',
    given_name: undefined,
    family_name: undefined,
  })
  const first = await ahmed.get()
  t.equal(first.status, 200)
  t.match(first.body, { auth0_id: 'auth0|12345', username: 'auth0.12345', first_name: '', profile_data: {} })
  t.strictSame(first.body.missing_fields, required)
  t.equal(first.body.profile_complete, false)
  t.strictSame(Object.keys(first.body), [
    'id',
    'auth0_id',
    'username',
    'email',
    'first_name',
    'last_name',
    'profile_data',
    'profile_complete',
    'missing_fields',
    'consents',
    'created_at',
    'updated_at',
  ])

  const saved = await ahmed.send('PUT', {
    first_name: 'Ahmed',
    last_name: 'AlRajhy',
    profile_data: { phone: '009650000000', title: 'Software Engineer' },
  })
  t.equal(saved.status, 200)
  t.match(saved.body, { first_name: 'Ahmed', last_name: 'AlRajhy', profile_complete: true, missing_fields: [] })
  t.equal(saved.body.profile_data.phone, '009650000000')
  t.equal(saved.body.profile_data.registration_source, 'custom_form')
  t.notOk('social_provider' in saved.body.profile_data)
  t.match(saved.body.profile_data.registration_completed_at, /^\d{4}-\d\d-\d\dT/)
  const again = await ahmed.get()
  t.strictSame(again.body, saved.body, 'what is read is what was answered')
  t.equal(again.headers['etag'], saved.headers['etag'])
  t.equal(again.headers['cache-control'], 'no-store')
  t.ok(again.body.updated_at > first.body.updated_at)

  const { profile_data } = (await ahmed.send('PUT', { profile_data: { title: 'CTO' } })).body
  t.equal(profile_data.phone, '009650000000', 'absent fields stay')
  t.equal(profile_data.registration_completed_at, saved.body.profile_data.registration_completed_at, 'set once')
  const audit = await database.db
    .selectFrom('accounts_audit')
    .selectAll()
    .where('action', '=', 'profile.updated')
    .orderBy('id')
    .execute()
  t.strictSame(
    audit.map(row => row.fields),
    [
      [
        'first_name',
        'last_name',
        'profile_data.phone',
        'profile_data.title',
        'profile_data.registration_source',
        'profile_data.registration_completed_at',
      ],
      ['profile_data.title'],
    ],
  )
  t.match(audit[0], { user_id: first.body.id, actor_id: first.body.id, method: 'jwt' })
  t.notMatch(JSON.stringify(audit), /009650000000|Ahmed|Engineer/, 'the trail names fields, never values')
})

t.test('social people are known by their connection, and the browser has no say in it', async t => {
  const { person } = await accountApp(t, { profile: { schema: Profile, required: ['title'] } })
  const dev = await person('github|42', { given_name: 'Dev' })
  const refused = await dev.send('PUT', { profile_data: { social_provider: 'Google', title: 'x' } })
  t.match(refused, { status: 400, body: { code: 'A0U_FIELD_READ_ONLY' } })
  t.match(refused.body.message, 'profile_data.social_provider: is written by the server')
  const saved = await dev.send('PUT', { profile_data: { phone: '+965 0000 0000' } })
  t.match(saved.body.profile_data, { registration_source: 'social', social_provider: 'GitHub' })
  t.notOk('registration_completed_at' in saved.body.profile_data)
  const echoed = await dev.send('PUT', { profile_data: saved.body.profile_data })
  t.equal(echoed.status, 200, 'sending back what is stored is no attempt to write it')
  const cleared = await dev.send('PATCH', { profile_data: null })
  t.strictSame(cleared.body.profile_data, { registration_source: 'social', social_provider: 'GitHub' })
})

t.test('reading needs no slash, HEAD answers like GET, and everything is refused without credentials', async t => {
  const { app, person } = await accountApp(t)
  const { authorization } = await person('auth0|1')
  for (const url of [profilePath, profilePath.slice(0, -1)]) {
    const headers = { authorization }
    const got = await app.inject({ method: 'GET', url, headers })
    t.equal(got.statusCode, 200)
    const head = await app.inject({ method: 'HEAD', url, headers })
    t.match(head, { statusCode: 200, body: '' })
    t.equal(head.headers['etag'], got.headers['etag'])
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'] as const) {
      const refused = await app.inject({ method, url })
      t.equal(refused.statusCode, 401, `${method} ${url}`)
      t.equal(refused.headers['cache-control'], 'no-store')
    }
    const known = await app.inject({ method: 'GET', url, headers: { 'if-none-match': String(got.headers['etag']) } })
    t.equal(known.statusCode, 401, 'a known entity tag opens nothing')
  }
  const machine = await person('abc@clients', { gty: 'client-credentials' })
  t.equal((await machine.get()).status, 403)
})

t.test('a name edited here is not overwritten by a token, and nothing is written when nothing changes', async t => {
  const { app, person, database, bearer } = await accountApp(t)
  // Two tokens of one second that differ would take turns in the columns that they fill.
  const ali = await person('auth0|1', { given_name: 'Ali', family_name: 'Hasan' })
  await ali.send('PUT', { first_name: 'Alee' })
  const before = (await ali.get()).body
  const later = await bearer({ sub: 'auth0|1', given_name: 'Ali', family_name: 'Hasan' })
  const seen = await app.inject({ url: profilePath, headers: { authorization: later } })
  t.match(seen.json(), { first_name: 'Alee' })

  const rows = async () => [
    await database.db
      .selectFrom('accounts_user')
      .select(sql => sql.fn.countAll().as('n'))
      .select('updated_at')
      .groupBy('updated_at')
      .execute(),
    await database.db.selectFrom('accounts_audit').select(['id', 'action', 'fields']).orderBy('id').execute(),
  ]
  const untouched = await rows()
  for (const body of [{}, { first_name: 'Alee' }, { profile_data: {} }])
    t.equal((await ali.send('PUT', body)).status, 200)
  t.equal((await ali.send('PATCH', { profile_data: { absent: null } })).status, 200)
  t.strictSame(await rows(), untouched)
  t.ok(before.updated_at)
})

t.test('the schema decides, and its refusals name field and rule', async t => {
  const { person } = await accountApp(t, { profile: { schema: Profile, required } })
  const someone = await person('auth0|1')
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ phone: 'secret' }, /profile_data.phone: expected string to match 'phone' format, but a string/],
    [{ phone: 123 }, /profile_data.phone: expected string, but a number was sent/],
    [{ phone: null }, /but null was sent/],
    [{ title: 'x'.repeat(51) }, /50/],
    [{ employees: 0 }, /profile_data.employees/],
    [{ employees: '5' }, /expected integer, but a string/],
    [{ website: 'javascript:alert(1)' }, /website/],
    [{ address: { city: 'x', street: 'y' } }, /profile_data.address.street/],
    [{ shoe_size: 7 }, /profile_data.shoe_size/],
  ]
  for (const [profile_data, message] of cases) {
    for (const method of ['PUT', 'PATCH']) {
      if (method === 'PATCH' && profile_data['phone'] === null) continue
      const answer = await someone.send(method, { profile_data })
      t.match(answer, { status: 400, body: { code: 'A0U_BODY_INVALID', message } })
      t.notMatch(answer.body.message, /secret|alert/)
    }
  }
  t.equal(
    (await someone.send('PUT', { profile_data: { note: null } })).body.profile_data.note,
    null,
    'null where the schema has it',
  )
  t.strictSame((await someone.get()).body.profile_data, { note: null, registration_source: 'custom_form' })
})

t.test('If-None-Match: what the client has is not sent again, after authentication only', async t => {
  const { app, person } = await accountApp(t)
  const someone = await person('auth0|1')
  const { headers } = await someone.get()
  const etag = headers['etag'] as string
  const conditional = (value: string, method: 'GET' | 'HEAD' = 'GET', authorization: string = someone.authorization) =>
    app.inject({ method, url: profilePath, headers: { authorization, 'if-none-match': value } })
  for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const known = await conditional(value)
    t.match(known, { statusCode: 304, body: '', headers: { etag, 'cache-control': 'no-store' } }, value)
  }
  t.equal((await conditional(etag, 'HEAD')).statusCode, 304)
  for (const value of ['"other"', 'nonsense', '', etag.slice(1)]) {
    t.match(await conditional(value), { statusCode: 200, headers: { etag } }, value)
  }
  t.equal((await conditional(etag, 'GET', 'Bearer x.y.z')).statusCode, 401)
  await someone.send('PUT', { first_name: 'New' })
  t.equal((await conditional(etag)).statusCode, 200)
})

t.test('If-Match: of writers that saw the same state one wins', async t => {
  const { person } = await accountApp(t)
  const someone = await person('auth0|1')
  const { etag } = (await someone.get()).headers as { etag: string }
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => someone.send('PUT', { profile_data: { [`k${n}`]: n } }, { 'if-match': etag })),
  )
  t.equal(answers.filter(answer => answer.status === 200).length, 1)
  t.equal(answers.filter(answer => answer.status === 412).length, 19)
  t.ok(answers.filter(answer => answer.status === 412).every(answer => answer.body.code === 'A0U_PRECONDITION_FAILED'))
  const now = (await someone.get()).headers['etag'] as string
  t.equal(
    (await someone.send('PATCH', { first_name: 'x' }, { 'if-match': `W/${now}` })).status,
    412,
    'a weak tag matches nothing',
  )
  const malformed = await someone.send('PATCH', { first_name: 'x' }, { 'if-match': 'nonsense' })
  t.match(malformed, { status: 400, body: { code: 'A0U_HEADER_INVALID', faults: [{ field: 'If-Match' }] } })
  t.equal((await someone.send('PATCH', { first_name: 'x' }, { 'if-match': `"other", ${now}` })).status, 200)
  t.equal((await someone.send('PATCH', { first_name: 'y' }, { 'if-match': now })).status, 412)
  t.equal((await someone.send('PATCH', { first_name: 'y' }, { 'if-match': '*' })).status, 200)
})

t.test('two hundred concurrent writers of different keys, over two processes’ pools, lose nothing', async t => {
  const one = await accountApp(t)
  const other = await build(t, {
    database: one.database,
    issuer: one.issuer,
    plugin: { db: one.database.connect().db },
  })
  const { authorization, get } = await one.person('auth0|1')
  await get()
  const statuses = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const { app } = n % 2 === 0 ? one : other
      const payload = { profile_data: { [`key_${n}`]: n } }
      const method = n % 3 === 0 ? 'PATCH' : 'PUT'
      return (await app.inject({ method, url: profilePath, headers: { authorization }, payload })).statusCode
    }),
  )
  t.strictSame(new Set(statuses), new Set([200]))
  const { registration_source: _source, registration_completed_at: _at, ...stored } = (await get()).body.profile_data
  t.strictSame(stored, Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`key_${n}`, n])))
  t.equal(
    (await one.person('auth0|1').then(p => p.send('PUT', { profile_data: { key_200: 1 } }))).status,
    413,
    'the limit of keys',
  )
  const updates = await one.database.db
    .selectFrom('accounts_audit')
    .select('id')
    .where('action', '=', 'profile.updated')
    .execute()
  t.equal(updates.length, 200)
})

t.test('over a real connection: chunked bodies are read, oversized ones are cut off', async t => {
  const built = await accountApp(t)
  const { authorization } = await built.person('auth0|1')
  const origin = await built.listen()
  const send = (
    body: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number | undefined; code: unknown }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(origin + profilePath, {
        method: 'PUT',
        headers: { authorization, 'content-type': 'application/json; charset=utf-8', ...headers },
      })
      request.on('response', async response => {
        const text = (await response.toArray()).join('')
        resolve({ status: response.statusCode, code: JSON.parse(text).code })
      })
      request.on('error', reject)
      // Without a length Node sends chunks.
      for (let at = 0; at < body.length; at += 1000) request.write(body.slice(at, at + 1000))
      request.end()
    })
  t.match(await send('{"profile_data":{"chunked":true}}'), { status: 200 })
  t.match(await send(`{"profile_data":{"big":"${'x'.repeat(2 ** 20)}"}}`), { status: 413, code: 'A0U_BODY_TOO_LARGE' })
  const declared = await built.fetch(profilePath, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: `"${'x'.repeat(2 ** 20)}"`,
  })
  t.equal(declared.status, 413)
  t.match(await declared.json(), { code: 'A0U_BODY_TOO_LARGE' })
  t.match(await send(`{"profile_data":{"big":"${'x'.repeat(70_000)}"}}`), { status: 413, code: 'A0U_BODY_TOO_LARGE' })
  t.match(await send(`{"profile_data":{"big":"${'x'.repeat(65_000)}"}}`), { status: 200 })
})

t.test("a host's error handler sees the errors, and its validators and serializers stay away", async t => {
  const seen: unknown[] = []
  const { person } = await accountApp(t, {
    before: app => {
      app.setErrorHandler((error, _request, reply) => {
        const { code, statusCode = 500 } = error as { code: string; statusCode?: number }
        seen.push(code)
        return reply.code(statusCode).send({ mine: code })
      })
      app.setSerializerCompiler(() => () => '"wrong"')
    },
  })
  const someone = await person('auth0|1')
  t.match(await someone.send('PUT', '[]'), { status: 400, body: { mine: 'A0U_BODY_INVALID' } })
  t.match(await someone.send('PUT', `"${'x'.repeat(2 ** 20)}"`), { status: 413, body: { mine: 'A0U_BODY_TOO_LARGE' } })
  t.strictSame(seen, ['A0U_BODY_INVALID', 'A0U_BODY_TOO_LARGE'])
  t.match((await someone.get()).body, { profile_data: {} })
})

t.test('a router that ignores trailing slashes, and a prefix of one’s own', async t => {
  const built = await accountApp(t, {
    fastify: { routerOptions: { ignoreTrailingSlash: true } },
    profile: { prefix: '/me/profile' },
  })
  const { authorization } = await built.person('auth0|1')
  const read = async (url: string) => (await built.app.inject({ url, headers: { authorization } })).statusCode
  t.equal(await read('/me/profile'), 200)
  t.equal(await read('/me/profile/'), 200)
  t.equal(await read('/me/profile/activity'), 200)
  t.equal(await read(profilePath), 404)
})

t.test('while the database is away: 503 with Retry-After, and service again without a restart', async t => {
  const database = await testDatabase(t)
  const line = await cuttableLine(t, new URL(database.url))
  const pool = new pg.Pool({ connectionString: line.url, max: 4 })
  // pg ends the process where nobody listens on a connection that is in use when it is cut.
  pool.on('connect', client => client.on('error', () => {}))
  pool.on('error', () => {})
  const db = new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  const { person, app } = await accountApp(t, { database: { ...database, db } })
  const someone = await person('auth0|1')
  t.equal((await someone.get()).status, 200)
  line.cut()
  for (const method of ['GET', 'PUT', 'DELETE'] as const) {
    const { authorization } = someone
    const away = await app.inject({
      method,
      url: profilePath,
      headers: { authorization },
      payload: { first_name: 'x' },
    })
    t.match(away.json(), { statusCode: 503, code: 'A0U_DATABASE_UNAVAILABLE' }, method)
    t.match(away.headers, { 'retry-after': /^\d+$/, 'cache-control': 'no-store' })
  }
  for (const path of ['activity/', 'export/']) t.equal((await someone.get(path)).status, 503, path)
  line.mend()
  t.match(await someone.send('PUT', { first_name: 'Back' }), { status: 200, body: { first_name: 'Back' } })
})

/** A line to the database server that can be cut and mended. */
async function cuttableLine(t: Test, target: URL): Promise<{ url: string; cut(): void; mend(): void }> {
  const sockets = new Set<Socket>()
  let broken = false
  const server = createServer(near => {
    if (broken) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => [near, far].map(each => each.destroy()))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = () => {
    broken = true
    for (const socket of sockets) socket.destroy()
  }
  return { url: url.href, cut, mend: () => (broken = false) }
}
