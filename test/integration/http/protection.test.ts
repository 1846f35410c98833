import caching from '@fastify/caching'
import cors from '@fastify/cors'
import jwt from '@fastify/jwt'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import auth0Users, { modelPermissions } from '#plugin/index.js'
import { build, localIssuer } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test' }

t.test('every route is protected unless it says auth: false', async t => {
  const { app, bearer } = await build(t, {
    routes: app => {
      app.get('/plain', () => 'in')
      app.get('/empty', { config: { auth: {} } }, () => 'in')
      app.get('/true', { config: { auth: true } }, () => 'in')
      app.get('/open', { config: { auth: false } }, request => ({ who: request.auth?.subject ?? null }))
    },
  })
  const authorization = await bearer(ann)
  for (const url of ['/plain', '/empty', '/true']) {
    t.equal((await app.inject(url)).statusCode, 401, url)
    t.equal((await app.inject({ url, headers: { authorization } })).statusCode, 200, url)
  }
  t.strictSame((await app.inject('/open')).json(), { who: null })
  t.strictSame((await app.inject({ url: '/open', headers: { authorization } })).json(), { who: 'auth0|ann' })
  const bad = { authorization: `${authorization}x` }
  t.strictSame((await app.inject({ url: '/open', headers: bad })).json(), { who: null }, 'a bad token keeps nobody out')
  t.match(app.auth0Users.publicRoutes(), [{ method: 'GET', url: '/open' }])
})

t.test('a route that was declared before the plugin had loaded is protected too', async t => {
  const issuer = await localIssuer(t)
  const { db } = await testDatabase(t)
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db })
  app.get('/early', () => 'in')
  app.get('/early-open', { config: { auth: false } }, () => 'in')
  t.equal((await app.inject('/early')).statusCode, 401)
  t.equal((await app.inject('/early-open')).statusCode, 200)
})

t.test("protect: 'declared' turns it round", async t => {
  const { app } = await build(t, {
    plugin: { protect: 'declared' },
    routes: app => {
      app.get('/plain', () => 'in')
      app.get('/declared', { config: { auth: {} } }, () => 'in')
    },
  })
  t.equal((await app.inject('/plain')).statusCode, 200)
  t.equal((await app.inject('/declared')).statusCode, 401)
  t.equal((await app.inject('/api/v1/accounts/users/profile/')).statusCode, 401, "the plugin's own routes declare it")
})

t.test('nothing of a refused request is parsed or validated', async t => {
  const { app } = await build(t, {
    routes: app => app.post('/strict', { schema: { body: { type: 'object', required: ['a'] } } }, () => 'in'),
  })
  const refused = await app.inject({
    method: 'POST',
    url: '/strict',
    payload: '{',
    headers: { 'content-type': 'application/json' },
  })
  t.equal(refused.statusCode, 401)
})

t.test('an unknown route is a 404 for everybody, and OPTIONS is left to CORS', async t => {
  const { app } = await build(t, { routes: app => app.options('/thing', (_request, reply) => reply.code(204).send()) })
  t.equal((await app.inject('/nowhere')).statusCode, 404)
  t.equal((await app.inject({ method: 'OPTIONS', url: '/thing' })).statusCode, 204)
})

t.test('a route that answers OPTIONS beside other methods is protected for OPTIONS too; CORS works', async t => {
  const routes = (app: FastifyInstance) => {
    app.all('/everything', () => 'in')
    app.options('/declared', { config: { auth: {} } }, () => 'in')
  }
  const { app, bearer } = await build(t, { routes })
  const authorization = await bearer(ann)
  for (const url of ['/everything', '/declared']) {
    t.equal((await app.inject({ method: 'OPTIONS', url })).statusCode, 401, url)
    t.equal((await app.inject({ method: 'OPTIONS', url, headers: { authorization } })).statusCode, 200, url)
  }
  const withCors = await build(t, {
    routes: async app => {
      routes(app)
      await app.register(cors, { origin: true })
    },
  })
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  for (const url of ['/everything', '/elsewhere']) {
    t.equal((await withCors.app.inject({ method: 'OPTIONS', url, headers })).statusCode, 204, url)
  }
})

t.test('a route that was declared too early is listed once it was asked for', async t => {
  const issuer = await localIssuer(t)
  const { db } = await testDatabase(t)
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db })
  app.get('/early-open', { config: { auth: false } }, () => 'in')
  await app.inject('/early-open')
  t.ok(app.auth0Users.publicRoutes().some(({ url }) => url === '/early-open'))
})

t.test('the challenge follows RFC 6750', async t => {
  const { app, bearer, issuer } = await build(t, { routes: app => app.get('/', () => 'in') })
  const realm = `realm="${issuer.audience}"`
  const challenge = async (authorization?: string) => {
    const answer = await app.inject({ url: '/', headers: authorization === undefined ? {} : { authorization } })
    return [answer.statusCode, answer.json().code, String(answer.headers['www-authenticate'])]
  }
  const offered = `, DPoP ${realm}, algs="ES256 RS256 PS256 EdDSA"`
  t.strictSame(await challenge(), [401, 'A0U_CREDENTIALS_MISSING', `Bearer ${realm}${offered}`])
  const sentence = "The access token's signature does not verify"
  const forged = (await bearer(ann)).replace(/.{8}$/, 'AAAAAAAA')
  t.strictSame(await challenge(forged), [
    ...[401, 'A0U_TOKEN_SIGNATURE'],
    `Bearer ${realm}, error="invalid_token", error_description="${sentence}"${offered}`,
  ])
  const malformed = await challenge('Bearer')
  t.strictSame(malformed.slice(0, 2), [400, 'A0U_AUTHORIZATION_MALFORMED'])
  t.match(malformed[2], /^Bearer realm="[^"]+", error="invalid_request"/)
  t.strictSame((await challenge('Digest abc')).slice(0, 2), [401, 'A0U_METHOD_NOT_ACCEPTED'])
})

t.test('two Authorization headers are a 400', async t => {
  const { bearer, listen } = await build(t, { routes: app => app.get('/', () => 'in') })
  const authorization = await bearer(ann)
  const { request } = await import('node:http')
  const origin = await listen()
  const status = await new Promise(resolve => {
    const sent = request(`${origin}/`, {
      setHost: true,
      headers: [
        ['Host', 'x'],
        ['Authorization', authorization],
        ['authorization', authorization],
      ] as never,
    })
    sent.on('response', answer => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.end()
  })
  t.equal(status, 400)
})

t.test("a host's own error handler sees the error and keeps the challenge", async t => {
  const { app } = await build(t, {
    before: app => {
      app.setErrorHandler((error: Error & { code?: string; statusCode?: number }, _request, reply) =>
        reply.code(error.statusCode ?? 500).send({ problem: error.code }),
      )
    },
    routes: app => app.get('/', () => 'in'),
  })
  const answer = await app.inject('/')
  t.strictSame(answer.json(), { problem: 'A0U_CREDENTIALS_MISSING' })
  t.match(answer.headers['www-authenticate'], /^Bearer realm=/)
})

t.test('guards: permissions, any of them, a model, staff, kinds of principal', async t => {
  const { app, bearer, database } = await build(t, {
    plugin: {
      permissions: ['digital_pr.digital_pr', 'qa_crawler.qa_crawler', ...modelPermissions('store.asset')],
      cache: { ttl: 0 },
      claims: { permissions: 'permissions' },
    },
    routes: app => {
      app.get(
        '/both',
        { config: { auth: { permissions: ['digital_pr.digital_pr', 'qa_crawler.qa_crawler'] } } },
        () => 'in',
      )
      app.get(
        '/any',
        { config: { auth: { anyPermission: ['digital_pr.digital_pr', 'qa_crawler.qa_crawler'] } } },
        () => 'in',
      )
      app.all('/asset', { config: { auth: { model: 'store.asset' } } }, () => 'in')
      app.get('/staff', { config: { auth: { staff: true } } }, () => 'in')
      app.get('/person', { config: { auth: { principal: 'user' } } }, () => 'in')
      app.delete('/thing', () => 'in')
    },
  })
  const { db } = database
  const authorization = await bearer(ann)
  const status = async (url: string, method = 'GET', as = authorization) =>
    (await app.inject({ url, method: method as 'GET', headers: { authorization: as } })).statusCode
  t.strictSame(await Promise.all(['/both', '/any', '/asset', '/staff'].map(url => status(url))), [403, 403, 403, 403])
  const { id: user_id } = await db.selectFrom('accounts_user').select('id').executeTakeFirstOrThrow()

  await db.insertInto('accounts_user_permission').values({ user_id, permission: 'qa_crawler.qa_crawler' }).execute()
  t.strictSame([await status('/both'), await status('/any')], [403, 200])
  const group = await db
    .insertInto('accounts_group')
    .values({ name: 'press' })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.insertInto('accounts_user_group').values({ user_id, group_id: group.id }).execute()
  await db
    .insertInto('accounts_group_permission')
    .values([
      { group_id: group.id, permission: 'digital_pr.digital_pr' },
      { group_id: group.id, permission: 'store.view_asset' },
      { group_id: group.id, permission: 'store.delete_asset' },
    ])
    .execute()
  t.equal(await status('/both'), 200, 'one by the person, one by the group')
  t.strictSame(
    await Promise.all(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map(method => status('/asset', method))),
    [200, 200, 403, 403, 403, 200],
  )
  await db.updateTable('accounts_user').set({ is_platform: true, is_superuser: true }).execute()
  t.strictSame(
    [await status('/asset', 'DELETE'), await status('/thing', 'DELETE')],
    [403, 403],
    'a platform never deletes',
  )
  t.equal(await status('/asset', 'PUT'), 200, 'a superuser otherwise passes')
  t.equal(await status('/staff'), 403)
  await db.updateTable('accounts_user').set({ is_staff: true }).execute()
  t.equal(await status('/staff'), 200)

  const machine = await bearer({ sub: 'm@clients', permissions: ['qa_crawler.qa_crawler', 'not.declared'] })
  t.strictSame([await status('/any', 'GET', machine), await status('/both', 'GET', machine)], [200, 403])
  t.equal(await status('/person', 'GET', machine), 403)
})

t.test('a declaration with a mistake fails at registration', async t => {
  const mistakes = [{ permissions: 'no.such' }, { model: 'no.such' }, { permision: 'x' }, 'staff', null]
  for (const auth of mistakes) {
    await t.rejects(
      build(t, { routes: app => app.get('/x', { config: { auth: auth as never } }, () => 'in') }),
      { code: 'A0U_ROUTE_INVALID', message: /GET \/x auth/ },
      JSON.stringify(auth),
    )
  }
})

t.test('getUser throws 401 without credentials and 403 for a machine', async t => {
  const { app, bearer } = await build(t, {
    routes: app => {
      app.get('/open', { config: { auth: false } }, request => request.getUser().username)
      app.get('/in', request => request.getUser().username)
    },
  })
  const nobody = await app.inject('/open')
  t.match(nobody.json(), { statusCode: 401, code: 'A0U_CREDENTIALS_MISSING' })
  t.match(nobody.headers['www-authenticate'], /^Bearer/)
  const machine = await app.inject({ url: '/in', headers: { authorization: await bearer({ sub: 'm@clients' }) } })
  t.match(machine.json(), { statusCode: 403, code: 'A0U_PERSON_REQUIRED' })
})

t.test("two sibling scopes can serve two tenants, beside the host's own @fastify/jwt and @fastify/caching", async t => {
  const [one, two] = [await localIssuer(t, { reuseKeys: false }), await localIssuer(t, { reuseKeys: false })]
  const { db } = await testDatabase(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(caching)
  await app.register(jwt, { secret: 'the host signs with this' })
  for (const [prefix, issuer] of [
    ['/one', one],
    ['/two', two],
  ] as const) {
    await app.register(
      async scope => {
        await scope.register(auth0Users, {
          domain: issuer.domain,
          audience: issuer.audience,
          db,
          profile: { prefix: '/profile' },
        })
        scope.get('/me', request => request.getUser().auth0_id)
      },
      { prefix },
    )
  }
  app.get('/outside', () => 'in')
  const status = async (url: string, token?: string) =>
    (await app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).statusCode
  const [first, second] = [await one.token(ann), await two.token({ ...ann, email: 'b@x.test', sub: 'auth0|b' })]
  t.strictSame([await status('/one/me', first), await status('/two/me', second)], [200, 200])
  t.strictSame([await status('/one/me', second), await status('/two/me', first)], [401, 401])
  t.equal(await status('/one/profile/', first), 200)
  t.equal(await status('/outside'), 200, 'a scope without the plugin is left alone')
  t.ok(app.jwt.verify(app.jwt.sign({ a: 1 })))
})

t.test('answers of the profile are no-store, and a known ETag never stands before authentication', async t => {
  for (const withHost of [false, true]) {
    const { app, bearer } = await build(t, { before: app => (withHost ? app.register(caching) : undefined) })
    const url = '/api/v1/accounts/users/profile/'
    const authorization = await bearer(ann)
    const first = await app.inject({ url, headers: { authorization } })
    t.equal(first.headers['cache-control'], 'no-store')
    const refused = await app.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } })
    t.equal(refused.statusCode, 401)
    t.equal(refused.headers['cache-control'], 'no-store')
  }
})
