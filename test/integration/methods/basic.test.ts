import basicAuth from '@fastify/basic-auth'
import t from 'tap'
import { build } from '../../helpers/app.ts'

const users = { ann: { password: 's3cret: with a colon' }, bob: { password: 'x', auth0_id: 'auth0|bob' } }
const basic = (username: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
})

t.test('people of the options sign in with a username and a password', async t => {
  const { app, bearer, database } = await build(t, {
    before: app => app.register(basicAuth, { validate: async () => new Error("the host's own") }),
    plugin: { methods: { basic: { users } }, cache: { ttl: 0 } },
    routes: app => app.get('/me', request => [request.auth?.method, request.getUser().auth0_id]),
  })
  const ask = async (headers: { authorization: string }) => (await app.inject({ url: '/me', headers })).json()
  t.strictSame(await ask(basic('ann', 's3cret: with a colon')), ['basic', 'basic|ann'])
  t.strictSame(await ask({ authorization: await bearer({ sub: 'auth0|bob' }) }), ['jwt', 'auth0|bob'])
  t.strictSame(await ask(basic('bob', 'x')), ['basic', 'auth0|bob'], 'the same person')
  const wrong = [
    ...[
      basic('ann', 'x'),
      basic('ann', ''),
      basic('nobody', 'x'),
      basic('', ''),
      basic('constructor', ''),
      basic('ann\n', 'x'),
    ],
    ...[{ authorization: 'Basic YW5u' }, { authorization: 'Basic ====' }],
  ]
  for (const headers of wrong) {
    const { statusCode, code } = await ask(headers)
    t.ok(
      statusCode === 401 ? code === 'A0U_BASIC_INVALID' : code === 'A0U_AUTHORIZATION_MALFORMED',
      headers.authorization,
    )
  }
  await database.db.updateTable('accounts_user').set({ is_active: false }).execute()
  t.match(await ask(basic('bob', 'x')), { statusCode: 403, code: 'A0U_USER_INACTIVE' })
})

t.test('methods that are not switched on are not accepted', async t => {
  const { app } = await build(t, { routes: app => app.get('/me', () => 'in') })
  for (const authorization of ['Basic YTpi', `Token a0u_${'a'.repeat(49)}`]) {
    const answer = await app.inject({ url: '/me', headers: { authorization } })
    t.match(answer.json(), { statusCode: 401, code: 'A0U_METHOD_NOT_ACCEPTED' })
  }
  const cookie = `__Host-a0u_session=${'a'.repeat(43)}`
  t.match((await app.inject({ url: '/me', headers: { cookie } })).json(), { code: 'A0U_CREDENTIALS_MISSING' })
  t.equal((await app.inject({ method: 'POST', url: '/api/v1/accounts/session/' })).statusCode, 404)
})

t.test('what is for development only is refused in production, and faults show no password', async t => {
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  t.teardown(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  for (const methods of [{ basic: { users } }, { session: { insecureLoopback: true } }]) {
    await t.rejects(build(t, { plugin: { methods } }), {
      code: 'A0U_OPTIONS_INVALID',
      message: /refused in production/,
    })
  }
  const faulty = { basic: { users: { ann: { password: 12_345 } } } } as never
  const fault = await build(t, { plugin: { methods: faulty } }).catch((error: Error) => error.message)
  t.match(fault, /methods\.basic/)
  t.notMatch(fault, /12345/)
  await t.rejects(build(t, { plugin: { methods: { token: true }, users: { provision: false } } }), {
    message: /methods\.token: requires users\.provision/,
  })
})
