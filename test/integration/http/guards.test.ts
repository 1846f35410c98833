import swagger from '@fastify/swagger'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { modelPermissions, type Permission, securitySchemes } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test' }
const permissions: Permission[] = ['digital_pr.digital_pr', ...modelPermissions('store.asset')]

t.test('an object rule runs after authentication and validation, with the person loaded', async t => {
  const seen: unknown[] = []
  const { app, bearer } = await build(t, {
    plugin: { permissions },
    routes: app => {
      const params = Type.Object({ id: Type.Integer() })
      const body = Type.Object({ owner: Type.String() })
      app.get(
        '/sync/:id',
        { schema: { params }, config: { auth: { check: ({ params }) => (params as { id: number }).id === 1 } } },
        () => 'in',
      )
      app.post(
        '/owned',
        {
          schema: { body },
          config: {
            auth: {
              check: async request => {
                seen.push(request.auth?.method)
                return request.getUser().auth0_id === (request.body as { owner: string }).owner
              },
            },
          },
        },
        () => 'in',
      )
      app.get('/hidden', { config: { auth: { check: () => Promise.reject(notFound()) } } }, () => 'in')
      app.get(
        '/thrown',
        {
          config: {
            auth: {
              check: () => {
                throw notFound()
              },
            },
          },
        },
        () => 'in',
      )
      app.get('/truthy', { config: { auth: { check: () => 'yes' as never } } }, () => 'in')
      app.get(
        '/both',
        { config: { auth: { permissions: 'digital_pr.digital_pr', check: () => seen.push('never') > 0 } } },
        () => 'in',
      )
    },
  })
  const authorization = await bearer(ann)
  const as = (url: string, payload?: object) =>
    app.inject({
      url,
      method: payload === undefined ? 'GET' : 'POST',
      ...(payload && { payload }),
      headers: { authorization },
    })
  t.equal((await as('/sync/1')).statusCode, 200)
  t.match((await as('/sync/2')).json(), { statusCode: 403, code: 'A0U_PERMISSION_DENIED' })
  t.equal((await as('/sync/x')).statusCode, 400, 'parameters were validated before')
  t.equal((await app.inject('/sync/1')).statusCode, 401, 'nobody is asked before they have signed in')
  t.equal((await as('/owned', { owner: 'auth0|ann' })).statusCode, 200)
  t.equal((await as('/owned', { owner: 'auth0|bob' })).statusCode, 403)
  t.strictSame(seen, ['jwt', 'jwt'])
  t.equal((await as('/hidden')).statusCode, 404, 'what a rule throws is the answer')
  t.equal((await as('/thrown')).statusCode, 404)
  t.equal((await as('/truthy')).statusCode, 403, 'only true lets in')
  t.equal((await as('/both')).statusCode, 403)
  t.equal(seen.length, 2, 'the rule is not asked where a permission lacks')
})

t.test('a route can name the ways to sign in that it accepts', async t => {
  const { app, bearer } = await build(t, {
    routes: app => {
      app.get('/jwt', { config: { auth: { methods: 'jwt' } } }, () => 'in')
      app.get('/others', { config: { auth: { methods: ['token', 'session'] } } }, () => 'in')
    },
  })
  const headers = { authorization: await bearer(ann) }
  t.equal((await app.inject({ url: '/jwt', headers })).statusCode, 200)
  t.match((await app.inject({ url: '/others', headers })).json(), { statusCode: 401, code: 'A0U_METHOD_NOT_ACCEPTED' })
})

t.test('a route can ask for a complete profile, and the refusal says what is missing', async t => {
  const profile = { required: ['first_name', 'last_name'], completionUrl: '/complete' }
  const { app, bearer } = await build(t, {
    plugin: { profile },
    routes: async app => {
      const auth = { profile: 'complete' } as const
      app.get('/plain', { config: { auth } }, () => 'in')
      app.get(
        '/described',
        { config: { auth }, schema: { response: { 403: Type.Object({ code: Type.String() }) } } },
        () => 'in',
      )
      await app.register(async scope => {
        scope.setErrorHandler((error: Error & { code?: string }, _request, reply) =>
          reply.code(403).send({ problem: error.code }),
        )
        scope.get('/own', { config: { auth } }, () => 'in')
      })
    },
  })
  const headers = { authorization: await bearer({ ...ann, given_name: 'Ann', family_name: undefined }) }
  const refused = await app.inject({ url: '/plain', headers })
  t.strictSame(refused.json(), {
    ...{ statusCode: 403, code: 'A0U_PROFILE_INCOMPLETE', error: 'Forbidden' },
    ...{ message: 'The profile must be completed first', missing_fields: ['last_name'], completion_url: '/complete' },
  })
  t.equal(Number(refused.headers['content-length']), Buffer.byteLength(refused.body))
  const described = await app.inject({ url: '/described', headers })
  t.strictSame(described.json(), { code: 'A0U_PROFILE_INCOMPLETE' }, "a route's own schema decides")
  t.strictSame((await app.inject({ url: '/own', headers })).json(), { problem: 'A0U_PROFILE_INCOMPLETE' })
  const machine = { authorization: await bearer({ sub: 'm@clients' }) }
  t.match((await app.inject({ url: '/plain', headers: machine })).json(), { code: 'A0U_PERSON_REQUIRED' })
  const url = '/api/v1/accounts/users/profile/'
  await app.inject({ method: 'PUT', url, headers, payload: { last_name: 'Lee' } })
  t.equal((await app.inject({ url: '/plain', headers })).statusCode, 200)
  await t.rejects(
    build(t, {
      plugin: { profile: false },
      routes: app => app.get('/x', { config: { auth: { profile: 'complete' } } }, () => 'in'),
    }),
    { code: 'A0U_ROUTE_INVALID' },
    'without profiles it is a mistake',
  )
})

t.test('a scope sets defaults for its routes and for the scopes inside, not for those beside', async t => {
  const { app, bearer, database } = await build(t, {
    plugin: { permissions, cache: { ttl: 0 } },
    routes: async app => {
      app.get('/outside', () => 'in')
      await app.register(async scope => {
        scope.auth0Users.defaults(scope, { staff: true, permissions: 'digital_pr.digital_pr' })
        scope.get('/inside', () => 'in')
        scope.get('/own', { config: { auth: { permissions: [] } } }, () => 'in')
        scope.get('/open', { config: { auth: false } }, () => 'in')
        await scope.register(async inner => {
          inner.auth0Users.defaults(inner, { staff: false })
          inner.get('/inner', () => 'in')
        })
      })
      app.get('/beside', () => 'in')
    },
  })
  const headers = { authorization: await bearer(ann) }
  const statuses = async () => {
    const paths = ['/outside', '/inside', '/own', '/open', '/inner', '/beside']
    return await Promise.all(paths.map(async url => (await app.inject({ url, headers })).statusCode))
  }
  t.strictSame(await statuses(), [200, 403, 403, 200, 403, 200])
  await database.db.updateTable('accounts_user').set({ is_staff: true }).execute()
  t.strictSame(await statuses(), [200, 403, 200, 200, 403, 200])
  const { id: user_id } = await database.db.selectFrom('accounts_user').select('id').executeTakeFirstOrThrow()
  const permission = 'digital_pr.digital_pr'
  await database.db.insertInto('accounts_user_permission').values({ user_id, permission }).execute()
  await database.db.updateTable('accounts_user').set({ is_staff: false }).execute()
  t.strictSame(await statuses(), [200, 403, 403, 200, 200, 200])
  t.throws(() => app.auth0Users.defaults(app, { permissions: 'no.such' as never }), { code: 'A0U_ROUTE_INVALID' })
})

t.test('the listing names every route with what it asks for', async t => {
  const { app } = await build(t, {
    plugin: { profile: false, permissions },
    routes: async app => {
      app.route({
        method: ['GET', 'DELETE'],
        url: '/asset',
        config: { auth: { model: 'store.asset' } },
        handler: () => 1,
      })
      app.get('/open', { config: { auth: false } }, () => 'in')
      await app.register(async scope => {
        scope.auth0Users.defaults(scope, { staff: true })
        scope.post('/staff', () => 'in')
      })
    },
  })
  const model = { model: 'store.asset' }
  t.strictSame(
    app.auth0Users.routes().map(({ method, url, auth, permissions }) => [method, url, auth, permissions]),
    [
      ['GET', '/asset', model, ['store.view_asset']],
      ['DELETE', '/asset', model, ['store.delete_asset']],
      ['HEAD', '/asset', model, ['store.view_asset']],
      ['GET', '/open', false, []],
      ['HEAD', '/open', false, []],
      ['POST', '/staff', { staff: true }, []],
    ],
  )
})

t.test('API pages show how to sign in and the refusals, and no answer changes', async t => {
  const own = Type.Object({ code: Type.String() })
  const given = { response: { 200: Type.Object({ a: Type.Integer() }) } }
  const { app, bearer } = await build(t, {
    before: app => app.register(swagger, { openapi: { components: { securitySchemes: { ...securitySchemes } } } }),
    plugin: { profile: false, methods: { token: true } },
    routes: app => {
      app.get('/shared', { schema: given }, () => ({ a: 1, b: 2 }))
      app.get('/bare', () => 'in')
      app.get('/open', { config: { auth: false } }, () => 'in')
      app.get('/jwt', { schema: { response: { 403: own } }, config: { auth: { methods: 'jwt' } } }, (_request, reply) =>
        reply.code(403).send({ code: 'X', more: 'y' }),
      )
      app.get('/host-403', { schema: given }, (_request, reply) =>
        reply.code(403 as 200).send({ anything: [1] } as never),
      )
    },
  })
  // biome-ignore lint/suspicious/noExplicitAny: the document is compared, not trusted
  const { paths } = app.swagger() as { paths: Record<string, Record<string, any>> }
  const all = [{ accessToken: [] }, { apiToken: [] }]
  t.match(paths['/shared']?.['get'], { security: all, responses: { 200: {}, 401: {}, 403: {} } })
  t.match(paths['/bare']?.['get'], { security: all, responses: { 401: {}, 403: {} } })
  t.strictSame(paths['/open']?.['get'].security, [])
  t.notOk(paths['/open']?.['get'].responses[401])
  t.strictSame(paths['/jwt']?.['get'].security, [{ accessToken: [] }])
  t.strictSame(Object.keys(paths['/jwt']?.['get'].responses[403].content['application/json'].schema.properties), [
    'code',
  ])
  t.strictSame(Object.keys(given.response), ['200'], "the host's schema is not changed")
  const headers = { authorization: await bearer(ann) }
  t.strictSame((await app.inject({ url: '/shared', headers })).json(), { a: 1 })
  t.strictSame((await app.inject({ url: '/host-403', headers })).json(), { anything: [1] })
  t.strictSame((await app.inject({ url: '/jwt', headers })).json(), { code: 'X' })
})

function notFound(): Error {
  return Object.assign(new Error('gone'), { statusCode: 404 })
}
