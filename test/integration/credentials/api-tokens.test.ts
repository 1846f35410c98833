import { randomBytes } from 'node:crypto'
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import t from 'tap'
import { eraseFor, exportFor } from '#plugin/credentials/personal-data.js'
import { createTokenFormat } from '#plugin/credentials/secret.js'
import { bindDatabases } from '#plugin/db/handle.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { modelPermissions, type Permission } from '#plugin/index.js'
import { type BuiltApp, build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const permissions = modelPermissions('store.asset')
const path = '/api/v1/accounts/tokens'
const ann = { sub: 'auth0|ann', email: 'ann@x.test' }
const bob = { sub: 'auth0|bob', email: 'bob@x.test' }

/** An app with tokens and its own clock; the people `ann` and `bob` have rows. */
async function tokenApp(t: Parameters<typeof build>[0], options: Parameters<typeof build>[1] = {}) {
  const clock = { ms: Date.now() }
  const built = await build(t, {
    ...options,
    plugin: {
      permissions,
      methods: { token: { routes: true, maxPerUser: 3 } },
      now: () => clock.ms,
      ...options.plugin,
    },
    routes: app => {
      app.get('/me', request => ({ id: request.getUser().id, method: request.auth?.method }))
      app.all('/asset', { config: { auth: { model: 'store.asset' } } }, () => 'in')
    },
  })
  const { app, bearer } = built
  const signedIn = async (who: object) => {
    const authorization = await bearer({ ...who, exp: Math.floor(clock.ms / 1000) + 3600 })
    return { authorization, id: (await app.inject({ url: '/me', headers: { authorization } })).json().id as string }
  }
  return { ...built, clock, ann: await signedIn(ann), bob: await signedIn(bob) }
}

const asker =
  ({ app }: BuiltApp) =>
  async (text: string, url = '/me', method = 'GET') => {
    const answer = await app.inject({ url, method: method as 'GET', headers: { authorization: `Token ${text}` } })
    const body = answer.headers['content-type']?.toString().includes('json') ? answer.json() : {}
    return [answer.statusCode, body.code ?? body.method ?? null]
  }

t.test('a token is shown once, signs its owner in, is listed, limited, revoked and refused', async t => {
  const built = await tokenApp(t)
  const { app, ann, bob } = built
  const ask = asker(built)
  const call = (method: 'GET' | 'POST' | 'DELETE', url: string, authorization: string, payload?: object) =>
    app.inject({ method, url, headers: { authorization }, ...(payload && { payload }) })

  const made = await call('POST', `${path}/`, ann.authorization, { name: 'build server', expires_in: 3600 })
  t.equal(made.statusCode, 201)
  t.equal(made.headers['cache-control'], 'no-store')
  const { text, ...token } = made.json()
  t.match(token, { name: 'build server', scopes: null, revoked_at: null, last_used_at: null, user_id: ann.id })
  t.strictSame(await ask(text), [200, 'token'])
  t.strictSame((await call('GET', path, ann.authorization)).json(), { items: [token] })
  t.strictSame((await call('GET', path, bob.authorization)).json(), { items: [] }, 'only their own')

  for (const [method, url] of [
    ['GET', path],
    ['POST', path],
    ['DELETE', `${path}/${token.id}`],
  ] as const) {
    t.strictSame(await ask(text, url, method), [401, 'A0U_METHOD_NOT_ACCEPTED'], `a token cannot ${method} tokens`)
  }
  const foreign = await call('DELETE', `${path}/${token.id}/`, bob.authorization)
  t.match(foreign.json(), { statusCode: 404, code: 'A0U_CREDENTIAL_UNKNOWN' })
  t.equal((await call('DELETE', `${path}/nonsense`, ann.authorization)).statusCode, 404)
  t.strictSame(await ask(text), [200, 'token'])
  for (let n = 0; n < 2; n++) t.equal((await call('POST', path, ann.authorization, { name: `${n}` })).statusCode, 201)
  t.match((await call('POST', path, ann.authorization, { name: 'one too many' })).json(), {
    code: 'A0U_API_TOKEN_LIMIT',
  })
  t.equal((await call('DELETE', `${path}/${token.id}/`, ann.authorization)).statusCode, 204)
  t.strictSame(await ask(text), [401, 'A0U_API_TOKEN_REVOKED'], 'at once in this process, although it was cached')
  t.equal((await call('DELETE', `${path}/${token.id}/`, ann.authorization)).statusCode, 404)

  const faulty = [{}, { name: '' }, { name: 'x'.repeat(151) }, { name: 'a\u0007' }, { name: 'x', scopes: ['no.such'] }]
  for (const body of [
    ...faulty,
    { name: 'x', expires_in: 0 },
    { name: 'x', expires_in: 1e12 },
    { name: 'x', more: 1 },
  ]) {
    const answer = await call('POST', path, ann.authorization, body)
    t.match(answer.json(), { statusCode: 400, code: 'A0U_BODY_INVALID' }, JSON.stringify(body))
  }
  const trail = await built.database.db
    .selectFrom('accounts_audit')
    .select(['action', 'method', 'detail'])
    .where('action', 'like', 'token.%')
    .orderBy('id')
    .execute()
  t.strictSame(
    trail.map(entry => entry.action),
    ['token.created', 'token.created', 'token.created', 'token.revoked'],
  )
  t.match(trail[3], { method: 'jwt', detail: { id: token.id } })
})

t.test('a token holds what its owner holds and its scopes allow, superusers included', async t => {
  const built = await tokenApp(t, { plugin: { cache: { ttl: 0 } } })
  const { database, app, ann } = built
  const ask = asker(built)
  const { db } = database
  const granted = ['store.view_asset', 'store.add_asset'] as const
  await db
    .insertInto('accounts_user_permission')
    .values(granted.map(permission => ({ user_id: ann.id, permission })))
    .execute()
  const mint = async (scopes?: Permission[]) =>
    (await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'x', ...(scopes && { scopes }) })).text
  const [all, view, remove] = [await mint(), await mint(['store.view_asset']), await mint(['store.delete_asset'])]
  const on = async (text: string) =>
    await Promise.all(['GET', 'POST', 'DELETE'].map(async method => (await ask(text, '/asset', method))[0]))
  t.strictSame(
    [await on(all), await on(view), await on(remove)],
    [
      [200, 200, 403],
      [200, 403, 403],
      [403, 403, 403],
    ],
  )
  await db.updateTable('accounts_user').set({ is_superuser: true }).where('id', '=', ann.id).execute()
  t.strictSame(
    [await on(all), await on(view), await on(remove)],
    [
      [200, 200, 200],
      [200, 403, 403],
      [403, 403, 200],
    ],
  )
  await db.updateTable('accounts_user').set({ is_platform: true }).where('id', '=', ann.id).execute()
  t.strictSame(await on(all), [200, 200, 403], 'platforms never delete')
  t.strictSame(await ask(remove, '/asset', 'DELETE'), [403, 'A0U_PLATFORM_DELETE'])
  await db.updateTable('accounts_user').set({ is_active: false }).where('id', '=', ann.id).execute()
  t.strictSame(await ask(all), [403, 'A0U_USER_INACTIVE'])
  await db.deleteFrom('accounts_user').where('id', '=', ann.id).execute()
  t.strictSame(await ask(all), [401, 'A0U_API_TOKEN_INVALID'], 'and goes with its owner')
  t.equal(await db.selectFrom('accounts_user').select('id').where('id', '=', ann.id).executeTakeFirst(), undefined)
})

t.test('the export names tokens and sessions without secrets, and their removal ends them', async t => {
  const built = await tokenApp(t, { plugin: { cache: { ttl: 0 } } })
  const { app, ann, database } = built
  const { text, token } = await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'mine' })
  const { api_tokens, sessions, ...rest } = await exportFor(database.db, ann.id)
  t.strictSame([api_tokens, sessions, rest], [[token], [], {}])
  t.strictSame(await asker(built)(text), [200, 'token'])
  const erase = () => bindDatabases(database.db).transaction(trx => eraseFor(trx, ann.id))
  t.strictSame([await erase(), await erase()], [1, 0])
  t.strictSame(await asker(built)(text), [401, 'A0U_API_TOKEN_INVALID'])
})

t.test('a token expires, and what another process revoked dies within seconds', async t => {
  const built = await tokenApp(t)
  const { app, ann, clock, database, issuer } = built
  const ask = asker(built)
  const { text } = await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'short', expiresIn: 3 })
  t.strictSame(await ask(text), [200, 'token'])
  clock.ms += 3000
  t.strictSame(await ask(text), [401, 'A0U_API_TOKEN_EXPIRED'], 'to the second, although it was cached')

  const other = await build(t, { database, issuer, plugin: { methods: { token: true } } })
  const { token, text: shared } = await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'shared' })
  t.strictSame(await ask(shared), [200, 'token'])
  await other.app.auth0Users.apiTokens.revoke(token.id)
  t.strictSame(await ask(shared), [200, 'token'], 'known here for a moment')
  clock.ms += 5000
  t.strictSame(await ask(shared), [401, 'A0U_API_TOKEN_REVOKED'])
})

t.test('the last use is recorded without a write in the request, and written at the end', async t => {
  const built = await tokenApp(t)
  const { app, ann, clock, database } = built
  const ask = asker(built)
  const { text, token } = await app.auth0Users.apiTokens.create({ userId: ann.id, name: 'x' })
  const lastUse = async () =>
    (
      await database.db
        .selectFrom('accounts_api_token')
        .select('last_used_at')
        .where('id', '=', token.id)
        .executeTakeFirstOrThrow()
    ).last_used_at?.getTime()
  for (let n = 0; n < 20; n++) await ask(text)
  t.equal(await lastUse(), undefined)
  clock.ms += 1000
  await ask(text)
  await app.close()
  t.equal(await lastUse(), clock.ms)
})

t.test('owners are reminded once of a token that expires, however many processes ask', async t => {
  const { app, ann, clock } = await tokenApp(t)
  const { apiTokens } = app.auth0Users
  const day = 86_400
  await apiTokens.create({ userId: ann.id, name: 'soon', expiresIn: day })
  await apiTokens.create({ userId: ann.id, name: 'late', expiresIn: 30 * day })
  await apiTokens.create({ userId: ann.id, name: 'never' })
  const reminded: string[] = []
  const remind = async ({ name }: { name: string }) => void reminded.push(name)
  await t.rejects(apiTokens.remindExpiring(7 * day, () => Promise.reject(new Error('no mail today'))))
  const counts = await Promise.all([
    apiTokens.remindExpiring(7 * day, remind),
    apiTokens.remindExpiring(7 * day, remind),
  ])
  t.strictSame([reminded, counts[0] + counts[1]], [['soon'], 1])
  clock.ms += 25 * day * 1000
  t.equal(await apiTokens.remindExpiring(7 * day, remind), 1)
  t.strictSame(reminded, ['soon', 'late'])
})

t.test('10,000 wrong tokens cost no lookup, or one by an index where the checksum is right', async t => {
  const database = await testDatabase(t)
  const ran: CompiledQuery[] = []
  const db = new Kysely<Auth0UsersTables>({
    dialect: new PostgresDialect({ pool: database.pool }),
    log: event => void ran.push(event.query),
  })
  const built = await build(t, {
    database,
    plugin: { db, methods: { token: true } },
    routes: app => app.get('/me', () => 'in'),
  })
  const ask = asker(built)
  const refused = [401, 'A0U_API_TOKEN_INVALID']
  ran.length = 0
  const guesses = Array.from({ length: 8000 }, () => `a0u_${randomBytes(60).toString('hex').slice(0, 49)}`)
  const letIn: string[] = []
  for (let n = 0; n < guesses.length; n += 500) {
    const batch = guesses.slice(n, n + 500)
    const found = await Promise.all(batch.map(async guess => (await ask(guess))[0] !== 401))
    letIn.push(...batch.filter((_, at) => found[at]))
  }
  t.strictSame(letIn, [])
  t.ok(ran.length <= 1, `of 8,000 guesses ${ran.length} had a right checksum by chance`)
  ran.length = 0
  const format = createTokenFormat('a0u_')
  for (let n = 0; n < 2000; n += 500) {
    const batch = Array.from({ length: 500 }, () => ask(format.mint().text))
    for (const answer of await Promise.all(batch)) if (answer[0] !== 401) t.strictSame(answer, refused)
  }
  t.equal(ran.length, 2000, 'one statement each')
  t.equal(new Set(ran.map(({ sql }) => sql)).size, 1)
  await database.pool.query(`
    insert into accounts_user (auth0_id, username) select 'auth0|' || n, 'auth0.' || n from generate_series(1, 20000) n;
    insert into accounts_api_token (user_id, name, hash)
      select id, 'x', sha256(convert_to(auth0_id, 'UTF8')) from accounts_user;
    analyze`)
  const plan = await database.pool.query(`explain ${ran[0]?.sql}`, [...(ran[0]?.parameters ?? [])])
  const text = plan.rows.map(row => row['QUERY PLAN']).join('\n')
  t.match(text, /accounts_api_token_hash_key/)
  t.notMatch(text, /Seq Scan/)
})
