import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { buildApp } from '#app/app.js'
import { readConfig } from '#app/config.js'
import { start } from '#app/start.js'
import { testDatabase } from '../helpers/postgres.ts'
import { declareDatabases } from './databases.ts'
import { createOAuthClient } from './oauth-client.ts'
import { runToEnd, startApp } from './running-app.ts'

// Some fifteen processes are started here, each with a database; a busy machine takes its time.
t.setTimeout(300_000)

interface ProfileAnswer {
  readonly id: string
  readonly email: string
  readonly profile_data: Readonly<Record<string, string>>
  readonly profile_complete: boolean
}

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T
}

/** The same token with one character of the signature changed. */
function spoilSignature(token: string): string {
  const at = token.lastIndexOf('.') + 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

t.test('on embedded defaults the printed curl answers, and a restart keeps the data', async t => {
  const dataDir = t.testdir({})
  const env = { DATA_DIR: dataDir }
  const app = await startApp(t, env)
  t.match(app.stdout, `${app.url}/documentation`)
  t.match(app.stdout, /embedded PostgreSQL on port \d+, data in \//)
  t.match(app.stdout, /local Auth0 stand-in at http:\/\/localhost:\d+\/ \(for development only\)/)

  const first = await app.profile('GET')
  t.equal(first.status, 200)
  const person = await json<ProfileAnswer>(first)
  t.match(person, {
    auth0_id: decodeJwt(app.token).sub,
    email: 'demo@example.test',
    first_name: 'Dana',
    last_name: 'Demo',
    profile_data: {},
    profile_complete: false,
    missing_fields: ['phone', 'title'],
  })

  const forged = await app.request('/api/v1/accounts/users/profile/', { token: spoilSignature(app.token) })
  t.equal(forged.status, 401)
  t.match(forged.headers.get('www-authenticate'), /^Bearer realm="[^"]+", error="invalid_token"/)
  const anonymous = await app.request('/api/v1/accounts/users/profile/')
  t.equal(anonymous.status, 401)
  t.notMatch(anonymous.headers.get('www-authenticate'), 'error=')

  t.equal((await app.profile('PUT', { profile_data: { phone: '+965 0000 0000' } })).status, 200)
  const put = await json<ProfileAnswer>(await app.profile('PUT', { profile_data: { title: 'Engineer' } }))
  t.match(put, { profile_data: { phone: '+965 0000 0000', title: 'Engineer' }, profile_complete: true })
  t.equal((await app.profile('PUT', { profile_data: { shoe_size: '44' } })).status, 400, 'the schema of the app counts')
  t.match(await app.stop('SIGTERM'), { code: 0, stderr: '' })

  const again = await startApp(t, env)
  const kept = await json<ProfileAnswer>(await again.profile('GET'))
  t.equal(kept.id, person.id)
  t.match(kept.profile_data, { phone: '+965 0000 0000', title: 'Engineer' })
  t.equal((await again.profile('DELETE')).status, 204)
  const erased = await json<ProfileAnswer>(await again.profile('GET'))
  t.equal(erased.id, person.id)
  t.match(erased, { auth0_id: decodeJwt(app.token).sub, profile_complete: false })
  t.notOk('phone' in erased.profile_data || 'title' in erased.profile_data)
  t.match(await again.stop('SIGINT'), { code: 0, stderr: '' })
})

t.test('someone signs in at the stand-in, and a machine too, and the API knows who they are', async t => {
  const app = await startApp(t, { DATABASE_URL: (await testDatabase(t, { empty: true })).url, DATA_DIR: t.testdir({}) })
  const issuer = /stand-in at (\S+)/.exec(app.stdout)?.[1] ?? ''
  const client = createOAuthClient(issuer)
  const { access_token: token } = await json<{ access_token: string }>(
    await client.redeem((await client.signIn('someone@example.test')).code),
  )
  const me = await app.request('/api/v1/me/', { token })
  t.equal(me.status, 200)
  t.match(await me.json(), {
    method: 'jwt',
    principal: 'user',
    subject: decodeJwt(token).sub,
    user: { email: 'someone@example.test', is_staff: false },
    permissions: [],
  })
  t.equal((await app.request('/api/v1/me', { token })).status, 200, 'without the trailing slash as well')

  const machine = await json<{ access_token: string }>(
    await client.postForm('oauth/token', {
      grant_type: 'client_credentials',
      client_id: 'reference-app-machine',
      client_secret: 'not-a-secret',
    }),
  )
  const asMachine = await app.request('/api/v1/me/', { token: machine.access_token })
  t.match(await asMachine.json(), { principal: 'machine', subject: 'reference-app-machine@clients', user: null })
})

t.test('the public routes are public, the others are not, and the documentation has them all', async t => {
  const app = await startApp(t, { DATABASE_URL: (await testDatabase(t, { empty: true })).url, TEST_JWT_KEY: secret })
  const health = await app.request('/healthz')
  t.strictSame([health.status, await health.json()], [200, { status: 'ok' }])
  t.match((await app.request('/')).headers.get('content-type'), /^text\/html/, 'the store')
  t.equal((await app.request('/api/v1/me/')).status, 401)

  const page = await app.request('/documentation/')
  t.equal(page.status, 200)
  t.notMatch(await page.text(), /(?:src|href)="(?:https?:)?\/\//, 'it loads nothing from elsewhere')
  const document = await json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
    await app.request('/documentation/json'),
  )
  t.match(document.openapi, /^3\.1/)
  const profile = document.paths['/api/v1/accounts/users/profile/'] ?? {}
  for (const method of ['get', 'put', 'patch', 'delete']) t.ok(profile[method], method)
  for (const path of ['/healthz', '/api/v1/me']) t.ok(document.paths[path], path)
  t.notOk(Object.keys(document.paths).some(path => path.startsWith('/documentation')))
})

t.test('a client is told nothing of the inside of an unexpected error; public routes are listed', async t => {
  const lines: string[] = []
  const auth = { domain: 'https://tenant.example/', audience: 'https://api.example', test: { secret } }
  const { databases } = await declareDatabases(t, 'default')
  const app = await buildApp({
    databases,
    auth,
    logger: { level: 'error', stream: { write: line => void lines.push(line) } },
  })
  t.teardown(() => app.close())
  app.get('/broken', { config: { auth: false } }, async () =>
    databases.default
      .selectFrom('accounts_user')
      .select('nonsense' as 'id')
      .execute(),
  )
  const answer = await app.inject('/broken')
  t.equal(answer.statusCode, 500)
  t.strictSame(answer.json(), {
    statusCode: 500,
    error: 'Internal Server Error',
    message: 'Something went wrong on our side',
  })
  t.match(lines[0], 'nonsense')

  const urls = app.auth0Users.publicRoutes().map(({ url }) => url)
  for (const url of ['/healthz', '/documentation/json']) t.ok(urls.includes(url), url)
  t.strictSame(
    [...new Set(urls.filter(url => url.startsWith('/api/')))].sort(),
    ['/api/v1/accounts/auth0/backchannel-logout/', '/api/v1/config', '/api/v1/store/assets/:id/preview.svg'],
    'of the API only what a page needs before anybody has signed in, and what Auth0 signs itself',
  )
})

const secret = 'a shared secret of the test house, 32 bytes or more'

t.test('TEST_JWT_KEY selects HS256: a token signed with it is accepted, a spoilt one is not', async t => {
  const { url: databaseUrl } = await testDatabase(t, { empty: true })
  const app = await startApp(t, { DATABASE_URL: databaseUrl, TEST_JWT_KEY: secret })
  t.match(app.stdout, 'HS256 with TEST_JWT_KEY')
  t.equal((await app.profile('GET')).status, 200)
  t.equal((await app.request('/api/v1/me/', { token: spoilSignature(app.token) })).status, 401)
  t.notMatch(app.stdout, new URL(databaseUrl).password, 'the password of the database is not printed')
  t.notMatch(app.stdout, secret)

  const port = new URL(app.url).port
  const second = await runToEnd(t, { DATABASE_URL: databaseUrl, TEST_JWT_KEY: secret, PORT: port })
  t.equal(second.code, 1)
  t.match(second.stderr, `Port ${port} on 127.0.0.1 is in use.`)
})

t.test('another issuer replaces the stand-in by AUTH_DOMAIN and AUTH_AUDIENCE', async t => {
  const first = await startApp(t, {
    DATABASE_URL: (await testDatabase(t, { empty: true })).url,
    DATA_DIR: t.testdir({}),
  })
  const issuer = /stand-in at (\S+)/.exec(first.stdout)?.[1] ?? ''
  const { url: databaseUrl } = await testDatabase(t, { empty: true })
  const tenant = { AUTH_DOMAIN: issuer.replace(/\/$/, ''), AUTH_AUDIENCE: 'https://api.reference-app.example' }
  const second = await startApp(t, { DATABASE_URL: databaseUrl, ...tenant })
  t.equal(second.token, '', 'a real tenant gives no token away')
  t.match(second.stdout, '$ACCESS_TOKEN')
  t.equal((await second.request('/api/v1/me/', { token: first.token })).status, 200)
})

/** A web server on this machine that is neither a tenant nor a database. */
async function startBystander(t: Test, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return String((server.address() as AddressInfo).port)
}

t.test('a start that cannot succeed says what to do, and exits with 1', async t => {
  const port = await startBystander(t, 404, 'nothing here')
  const cases: readonly [RegExp, Record<string, string>][] = [
    [/AUTH_DOMAIN requires AUTH_AUDIENCE/, { AUTH_DOMAIN: 'tenant.example' }],
    [/Port \d+, for the Auth0 stand-in, is in use/, { STAND_IN_PORT: port }],
    [/127\.0\.0\.1:9\/app: it cannot be reached/, { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:9/app' }],
    [/is not an Auth0 tenant/, { AUTH_DOMAIN: `http://127.0.0.1:${port}`, AUTH_AUDIENCE: 'https://api.example' }],
  ]
  for (const [expected, env] of cases) {
    const { code, stderr, stdout } = await runToEnd(t, { DATA_DIR: t.testdir({}), ...env })
    t.equal(code, 1, String(expected))
    t.match(stderr, expected)
    t.notMatch(stderr, /hunter2|\n +at /, 'without a password or a stack trace')
    t.equal(stdout, '')
  }
})

t.test('each reason why a start cannot succeed has its own advice', async t => {
  const port = await startBystander(t, 404, 'nothing here')
  const notJson = await startBystander(t, 200, '<html>')
  const otherIssuer = await startBystander(t, 200, '{"issuer":"https://other.example/"}')
  const failing = await startBystander(t, 500, '{}')
  const { url: databaseUrl } = await testDatabase(t, { empty: true })
  const at = (change: Partial<URL>): string => Object.assign(new URL(databaseUrl), change).href
  const domain = (host: string): Record<string, string> => ({ AUTH_DOMAIN: `http://${host}`, AUTH_AUDIENCE: 'x' })
  const cases: readonly [RegExp, Record<string, string>][] = [
    [/this database does not exist/, { DATABASE_URL: at({ pathname: '/there_is_none' }) }],
    [/user name or password/, { DATABASE_URL: at({ username: 'no_such_role' }) }],
    [/is not known|does not answer in time/, { DATABASE_URL: at({ hostname: 'no-such-host.invalid' }) }],
    [/it does not answer in time/, { DATABASE_URL: at({ port }) }],
    [/OpenID configuration is not JSON/, domain(`127.0.0.1:${notJson}`)],
    [/says that it is another issuer/, domain(`127.0.0.1:${otherIssuer}`)],
    [/responded with status 500/, domain(`127.0.0.1:${failing}`)],
    [/AUTH_DOMAIN: \S+ cannot be reached/, domain(`127.0.0.1:${await unusedPort()}`)],
    [/HOST must be an address of this machine, but is 192\.0\.2\.7/, { DATABASE_URL: databaseUrl, HOST: '192.0.2.7' }],
  ]
  for (const [message, env] of cases) {
    const config = readConfig({ PORT: '0', STAND_IN_PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: t.testdir({}), ...env })
    await t.rejects(start(config), { name: 'StartError', message }, String(message))
  }
})

/** A port where nobody listens (any more). */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('in production a tenant that is away stops nobody: requests are answered 503', async t => {
  const { url: databaseUrl } = await testDatabase(t, { empty: true })
  const env = {
    NODE_ENV: 'production',
    AUTH_DOMAIN: `http://127.0.0.1:${await unusedPort()}`,
    AUTH_AUDIENCE: 'https://api.example',
  }
  const app = await startApp(t, { ...env, DATABASE_URL: databaseUrl })
  const { privateKey } = await generateKeyPair('RS256')
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'a-key' })
    .setIssuer(`${env.AUTH_DOMAIN}/`)
    .setAudience(env.AUTH_AUDIENCE)
    .setSubject('auth0|1')
    .setIssuedAt()
    .setExpirationTime('1 h')
    .sign(privateKey)
  const answer = await app.request('/api/v1/me/', { token })
  t.equal(answer.status, 503)
  t.match(answer.headers.get('retry-after'), /^\d+$/)
  t.equal((await app.request('/healthz')).status, 200)
  const { code, stdout } = await app.stop('SIGTERM')
  t.equal(code, 0)
  t.match(stdout, 'Requests are answered 503 until it is there.', 'and the log says so')
})
