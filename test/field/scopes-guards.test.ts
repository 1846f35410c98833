import swagger from '@fastify/swagger'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { securitySchemes } from '#plugin/index.js'
import { type BuiltApp, build } from '../helpers/app.ts'

/* Scopes, step-up and actors as routes ask for them. */

const multiFactor = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor'
const system = { actorId: null, method: null, requestId: null }
const seconds = () => Math.floor(Date.now() / 1000)

async function ask({ app, bearer }: BuiltApp, url: string, claims: object, method = 'GET', payload?: object) {
  const response = await app.inject({
    method: method as 'GET',
    url,
    headers: { authorization: await bearer({ sub: 'auth0|ann', ...claims }) },
    ...(payload === undefined ? {} : { payload }),
  })
  return {
    status: response.statusCode,
    challenge: String(response.headers['www-authenticate'] ?? ''),
    body: response.json() as Record<string, unknown>,
  }
}

t.test('scopes of the token, whatever its claim looks like', async t => {
  const built = await build(t, {
    routes: app => {
      app.get('/all', { config: { auth: { scopes: ['read:a', 'write:a'] } } }, () => ({ in: true }))
      app.get('/any', { config: { auth: { anyScope: ['read:a', 'read:b'] } } }, () => ({ in: true }))
      app.get('/both', { config: { auth: { scopes: 'openid', anyScope: ['read:a', 'read:b'] } } }, () => ({ in: true }))
      app.get('/seen', request => ({ scopes: [...(request.auth?.scopes ?? [])] }))
    },
  })
  const allowed: readonly [unknown, readonly string[]][] = [
    ['read:a write:a', ['read:a', 'write:a']],
    ['  write:a   read:a read:a ', ['write:a', 'read:a']],
    [
      ['write:a', 'read:a', 'read:a'],
      ['write:a', 'read:a'],
    ],
    ['read:a\twrite:a\n', ['read:a', 'write:a']],
  ]
  for (const [scope, seen] of allowed) {
    t.equal((await ask(built, '/all', { scope })).status, 200, JSON.stringify(scope))
    t.strictSame((await ask(built, '/seen', { scope })).body['scopes'], seen)
  }
  const refused = [
    ...['', ' ', 'read:a', 'read:a,write:a', 'read:a write:ab', 'Read:a write:a', undefined, null, 7, true],
    ...[{}, [], ['read:a write:a'], [['read:a', 'write:a']], { 'read:a': 1, 'write:a': 1 }, [1, null, 'read:a']],
  ]
  for (const scope of refused) {
    const { status, body, challenge } = await ask(built, '/all', { scope })
    t.strictSame([status, body['code']], [403, 'A0U_SCOPE_REQUIRED'], JSON.stringify(scope))
    t.match(challenge, /error="insufficient_scope".*scope="read:a write:a"/)
  }
  t.equal((await ask(built, '/any', { scope: 'read:b' })).status, 200)
  t.match(await ask(built, '/any', { scope: 'read:c' }), { status: 403, challenge: /scope="read:a read:b"/ })
  t.match(await ask(built, '/both', { scope: 'read:b' }), { status: 403, challenge: /scope="openid read:a read:b"/ })
  t.equal((await ask(built, '/both', { scope: 'read:b openid' })).status, 200)
  const many = Array.from({ length: 5000 }, () => 'x').join(' ')
  t.match(await ask(built, '/all', { scope: `${many} read:a` }), { status: 403 })
  const tooMany = Array.from({ length: 10_000 }, (_, at) => `s${at}`).join(' ')
  t.match(await ask(built, '/all', { scope: tooMany }), { status: 401, body: { code: 'A0U_TOKEN_TOO_LARGE' } })
})

t.test('the set of scopes is one a token, made when it is read, and cannot be changed', async t => {
  const sets: unknown[] = []
  const built = await build(t, {
    routes: app => {
      app.get('/seen', request => {
        sets.push(request.auth?.scopes)
        return {}
      })
    },
  })
  const authorization = await built.bearer({ scope: 'read:a' })
  for (const url of ['/seen', '/seen']) await built.app.inject({ url, headers: { authorization } })
  t.equal(sets[0], sets[1])
  const scopes = sets[0] as Set<string>
  t.throws(() => scopes.add('admin'), TypeError)
  t.throws(() => scopes.delete('read:a'), TypeError)
  t.throws(() => scopes.clear(), TypeError)
  t.strictSame([...scopes], ['read:a'])
})

t.test('an API token has no scopes in this sense', async t => {
  const { app, bearer } = await build(t, {
    plugin: { methods: { token: true }, permissions: ['read:a' as never] },
    routes: app => {
      app.get('/scoped', { config: { auth: { scopes: 'read:a' } } }, () => 'in')
      app.get('/stepped', { config: { auth: { stepUp: { maxAge: 31_536_000 } } } }, () => 'in')
      app.get('/me', request => request.getUser().id)
    },
  })
  const userId = (await app.inject({ url: '/me', headers: { authorization: await bearer() } })).body
  const { text } = await app.auth0Users.apiTokens.create({ userId, name: 'x', scopes: ['read:a' as never] })
  const headers = { authorization: `Token ${text}` }
  t.match(await app.inject({ url: '/scoped', headers }), { statusCode: 403 })
  t.match(await app.inject({ url: '/stepped', headers }), { statusCode: 401 })
})

t.test('challenges for DPoP name the same, and an unmarked refusal stays as it was', async t => {
  const routes: NonNullable<Parameters<typeof build>[1]>['routes'] = app => {
    app.get('/scoped', { config: { auth: { scopes: 'read:a' } } }, () => 'in')
    app.get('/stepped', { config: { auth: { stepUp: { acr: multiFactor, maxAge: 60 } } } }, () => 'in')
    app.get('/staff', { config: { auth: { staff: true } } }, () => 'in')
  }
  const accepting = await build(t, { routes })
  t.match((await ask(accepting, '/scoped', {})).challenge, /^Bearer .*scope="read:a", DPoP .*scope="read:a", algs="/)
  t.match((await ask(accepting, '/stepped', {})).challenge, /^Bearer .*max_age="60", DPoP .*max_age="60", algs="/)
  t.notMatch((await ask(accepting, '/staff', {})).challenge, /DPoP .*error=/)
  const bearerOnly = await build(t, { routes, plugin: { dpop: 'off' } })
  t.notMatch((await ask(bearerOnly, '/scoped', {})).challenge, /DPoP/)
})

t.test('step-up: what meets a level and what does not', async t => {
  let parsed = 0
  const built = await build(t, {
    plugin: { stepUp: { strong: { acr: multiFactor, maxAge: 300 } } },
    routes: app => {
      const auth = (stepUp: object | string) => ({ config: { auth: { stepUp: stepUp as 'strong' } } })
      app.get('/acr', auth({ acr: ['gold', multiFactor] }), () => ({}))
      app.get('/amr', auth({ amr: ['pwd', 'mfa'] }), () => ({}))
      app.get('/age', auth({ maxAge: 300 }), () => ({}))
      app.get('/named', auth('strong'), () => ({}))
      app.addContentTypeParser('text/count', (_request, _payload, done) => done(null, parsed++))
      app.post('/body', { schema: { body: Type.Object({ n: Type.Integer() }) }, ...auth('strong') }, () => ({}))
    },
  })
  const now = seconds()
  const cases: readonly [string, object, number][] = [
    ['/acr', { acr: multiFactor }, 200],
    ['/acr', { acr: 'gold' }, 200],
    ['/acr', { acr: multiFactor.slice(0, -1) }, 401],
    ['/acr', { acr: `${multiFactor} gold` }, 401],
    ['/acr', { acr: [multiFactor] }, 401],
    ['/acr', { acr: '' }, 401],
    ['/acr', {}, 401],
    ['/amr', { amr: ['mfa', 'otp', 'pwd'] }, 200],
    ['/amr', { amr: ['mfa'] }, 401],
    ['/amr', { amr: 'pwd mfa' }, 401],
    ['/amr', { amr: ['pwd', 'mfa', 7] }, 401],
    ['/amr', { amr: { pwd: 1, mfa: 1 } }, 401],
    ['/age', { auth_time: now - 290 }, 200],
    ['/age', { auth_time: now - 302 }, 401],
    ['/age', { auth_time: now + 600 }, 401],
    ['/age', { auth_time: String(now) }, 401],
    ['/age', { auth_time: now * 1000 }, 401],
    ['/age', { auth_time: null }, 401],
    ['/age', { auth_time: [now] }, 401],
    ['/age', { auth_time: -1 }, 401],
    ['/named', { acr: multiFactor, auth_time: now }, 200],
    ['/named', { acr: multiFactor, auth_time: now - 3600 }, 401],
    ['/named', { auth_time: now }, 401],
  ]
  for (const [url, claims, status] of cases) {
    const answer = await ask(built, url, claims)
    t.equal(answer.status, status, `${url} ${JSON.stringify(claims)}`)
    if (status === 401) t.match(answer.challenge, /error="insufficient_user_authentication"/)
  }
  t.match((await ask(built, '/named', {})).challenge, `acr_values="${multiFactor}", max_age="300"`)
  t.match((await ask(built, '/acr', {})).challenge, `acr_values="gold ${multiFactor}"`)
  t.notMatch((await ask(built, '/amr', {})).challenge, /amr|acr_values|max_age/)
  t.match(await ask(built, '/body', {}, 'POST', { n: 'no' }), { status: 401, body: { code: 'A0U_STEP_UP_REQUIRED' } })
  t.match(await ask(built, '/body', { acr: multiFactor, auth_time: now }, 'POST', { n: 'no' }), { status: 400 })
  const { app, bearer } = built
  const headers = { authorization: await bearer({ sub: 'auth0|ann' }), 'content-type': 'text/count' }
  await app.inject({ method: 'POST', url: '/body', headers, payload: 'x' })
  t.equal(parsed, 0, 'the body was not read')
})

t.test('step-up by namespaced claims, in handlers, and with levels that do not exist', async t => {
  const namespace = 'https://example.test'
  const built = await build(t, {
    plugin: {
      stepUp: { recent: { maxAge: 60 } },
      claims: { acr: `${namespace}/acr`, authTime: { path: ['https://example.test/auth', 'time'] } },
    },
    routes: app => {
      app.post<{ Body: { amount: number; level?: string } }>('/pay', async request => {
        const { amount, level = 'recent' } = request.body
        if (amount > 10) await request.auth?.requireStepUp(level)
        return { paid: amount }
      })
      // A handler that forgets to await is refused all the same.
      app.post('/hasty', async request => {
        void request.auth?.requireStepUp({ acr: 'gold' })
        return {}
      })
    },
  })
  const recent = { 'https://example.test/auth': { time: seconds() } }
  t.equal((await ask(built, '/pay', {}, 'POST', { amount: 10 })).status, 200)
  t.match(await ask(built, '/pay', {}, 'POST', { amount: 11 }), {
    status: 401,
    body: { code: 'A0U_STEP_UP_REQUIRED' },
    challenge: /max_age="60"/,
  })
  t.equal((await ask(built, '/pay', { auth_time: seconds() }, 'POST', { amount: 11 })).status, 401, 'another claim')
  t.equal((await ask(built, '/pay', recent, 'POST', { amount: 11 })).status, 200)
  t.match(await ask(built, '/pay', recent, 'POST', { amount: 11, level: 'none' }), {
    status: 500,
    body: { code: 'A0U_ROUTE_INVALID' },
  })
  t.equal((await ask(built, '/hasty', { acr: 'gold' }, 'POST', {})).status, 401)
  t.equal((await ask(built, '/hasty', { [`${namespace}/acr`]: 'gold' }, 'POST', {})).status, 200)
})

t.test('an actor is never lost', async t => {
  const built = await build(t, {
    routes: app => {
      app.get('/who', request => ({ actor: request.auth?.actor, user: request.getUser().auth0_id }))
      app.get('/own', { config: { auth: { delegated: false } } }, () => ({}))
    },
  })
  const { issuer } = built
  await ask(built, '/who', { sub: 'auth0|helper' })
  const helper = (await built.database.db.selectFrom('accounts_user').select('id').executeTakeFirstOrThrow()).id
  const actor = async (act: unknown) => await ask(built, '/who', { act })
  t.strictSame((await ask(built, '/who', {})).body, { actor: null, user: 'auth0|ann' })
  t.equal((await ask(built, '/own', {})).status, 200)
  t.strictSame((await actor({ sub: 'agent@clients' })).body['actor'], {
    ...{ subject: 'agent@clients', issuer: issuer.issuer, userId: null, chain: [] },
  })
  t.strictSame((await actor({ sub: 'auth0|helper', act: { sub: 'x', iss: 'https://else.test/' } })).body['actor'], {
    ...{ subject: 'auth0|helper', issuer: issuer.issuer, userId: helper },
    chain: [{ subject: 'x', issuer: 'https://else.test/' }],
  })
  t.match((await actor({ sub: 'auth0|helper', iss: 'https://else.test/' })).body, { actor: { userId: null } })
  t.match(await ask(built, '/own', { act: { sub: 'auth0|helper' } }), { status: 403, body: { code: 'A0U_DELEGATED' } })
  t.match((await ask(built, '/who', { may_act: { sub: 'auth0|helper' } })).body, { actor: null })

  const deep = (levels: number): unknown => (levels === 0 ? undefined : { sub: `a${levels}`, act: deep(levels - 1) })
  t.equal((await actor(deep(5))).status, 200)
  const forged = [
    ...[deep(6), deep(200), null, 'auth0|helper', [], ['auth0|helper'], 7, {}, { sub: '' }, { sub: ' ' }, { sub: 7 }],
    ...[{ sub: 'a'.repeat(256) }, { sub: 'a\0' }, { sub: 'a', iss: 7 }, { sub: 'a', act: null }, { sub: 'a', act: {} }],
    { iss: issuer.issuer },
  ]
  for (const act of forged) {
    const { status, body } = await actor(act)
    t.strictSame([status, body['code']], [401, 'A0U_TOKEN_CLAIMS'], JSON.stringify(act)?.slice(0, 60))
  }
  t.equal((await ask(built, '/who', {})).status, 200)
  const rows = await built.database.db.selectFrom('accounts_user').select('auth0_id').execute()
  t.equal(rows.length, 2, 'no actor got a row')
})

t.test(
  'a delegated token and the own token of a user stay apart, and an actor who is stopped acts no more',
  async t => {
    const { app, bearer, database } = await build(t, {
      plugin: { cache: { ttl: 60 } },
      routes: app => {
        app.get('/who', request => ({ actor: request.auth?.actor?.subject ?? null }))
      },
    })
    const own = await bearer({ sub: 'auth0|ann' })
    const delegated = await bearer({ sub: 'auth0|ann', act: { sub: 'auth0|helper' } })
    const helper = await bearer({ sub: 'auth0|helper' })
    const who = async (authorization: string) => await app.inject({ url: '/who', headers: { authorization } })
    for (let turn = 0; turn < 3; turn++) {
      t.same((await who(own)).json(), { actor: null })
      t.same((await who(delegated)).json(), { actor: 'auth0|helper' })
    }
    t.equal((await who(helper)).statusCode, 200)
    const fresh = await bearer({ sub: 'auth0|ann', act: { sub: 'auth0|helper' }, iat: seconds() - 10 })
    t.equal((await who(fresh)).statusCode, 200)
    const { id } = await database.db
      .selectFrom('accounts_user')
      .select('id')
      .where('auth0_id', '=', 'auth0|helper')
      .executeTakeFirstOrThrow()
    await app.auth0Users.users.deactivate(id, system)
    t.match((await who(fresh)).json(), { code: 'A0U_USER_INACTIVE' })
    t.equal((await who(own)).statusCode, 200, 'the user goes on')
    await app.auth0Users.users.reactivate(id, system)
    t.equal((await who(fresh)).statusCode, 200)
    await app.auth0Users.users.signOutEverywhere(id, system)
    t.match((await who(fresh)).json(), { code: 'A0U_TOKEN_REVOKED' })
  },
)

t.test('declarations are checked when the route is registered, and levels when the plugin is', async t => {
  const wrong: readonly [object, RegExp][] = [
    [{ scopes: [] }, /auth\.scopes/],
    [{ scopes: 'a b' }, /auth\.scopes/],
    [{ scopes: [7] }, /auth\.scopes/],
    [{ anyScope: ['a"'] }, /auth\.anyScope/],
    [{ stepUp: 'nope' }, /auth\.stepUp.*\(strong\).*"nope"/],
    [{ stepUp: 'toString' }, /auth\.stepUp/],
    [{ stepUp: {} }, /at least one/],
    [{ stepUp: { maxAge: 0 } }, /auth\.stepUp\.maxAge/],
    [{ stepUp: { acr: 'a b' } }, /auth\.stepUp\.acr/],
    [{ stepUp: { amr: [] } }, /auth\.stepUp\.amr/],
    [{ stepUp: { max_age: 3 } }, /auth\.stepUp\.max_age/],
    [{ stepUp: true }, /auth\.stepUp/],
    [{ delegated: 'no' }, /auth\.delegated/],
  ]
  for (const [auth, message] of wrong) {
    await t.rejects(
      build(t, {
        plugin: { stepUp: { strong: { acr: 'gold' } } },
        routes: app => app.get('/x', { config: { auth: auth as never } }, () => ''),
      }),
      { code: 'A0U_ROUTE_INVALID', message },
      JSON.stringify(auth),
    )
  }
  for (const stepUp of [{ strong: {} }, { strong: { maxAge: '5' } }, { a: { acr: 'x' }, b: 'a' }]) {
    await t.rejects(build(t, { plugin: { stepUp: stepUp as never } }), { code: 'A0U_OPTIONS_INVALID' })
  }
  const resource = 'https://api.example.test'
  await t.rejects(build(t, { plugin: { resourceMetadata: { resource, scopes: ['a b'] } } }), {
    message: /resourceMetadata\.scopes/,
  })
})

t.test('clients learn of scopes from the metadata and from OpenAPI documents', async t => {
  const { app } = await build(t, {
    plugin: {
      methods: { token: true, session: true },
      resourceMetadata: { resource: 'https://api.example.test', scopes: ['read:a', 'write:a'] },
    },
    before: app => app.register(swagger, { openapi: { components: { securitySchemes } } }),
    routes: app => {
      app.get('/all', { config: { auth: { scopes: ['read:a', 'write:a'], methods: ['jwt', 'token'] } } }, () => 'in')
      app.get('/any', { config: { auth: { anyScope: ['read:a', 'write:a'], methods: 'jwt' } } }, () => 'in')
    },
  })
  const metadata = await app.inject('/.well-known/oauth-protected-resource')
  t.strictSame(metadata.json().scopes_supported, ['read:a', 'write:a'])
  const { paths } = app.swagger() as unknown as { paths: Record<string, Record<string, { security: object[] }>> }
  const values = (path: string) => paths[path]?.['get']?.security.map(entry => Object.values(entry))
  t.strictSame(values('/all'), [[['read:a', 'write:a']]])
  t.strictSame(values('/any'), [[['read:a']], [['write:a']]])
})
