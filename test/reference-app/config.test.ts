import { resolve } from 'node:path'
import t from 'tap'
import { readConfig } from '#app/config.js'

const tenant = { AUTH_DOMAIN: 'tenant.eu.auth0.com', AUTH_AUDIENCE: 'https://api.example.com' }

t.test('without variables: embedded database, local stand-in, loopback', async t => {
  t.strictSame(readConfig({ AUTH_DOMAIN: '', DATABASE_URL: '  ' }), {
    environment: 'development',
    host: '127.0.0.1',
    port: 3000,
    logLevel: 'info',
    dataDir: resolve(import.meta.dirname, '../../.data'),
    database: { mode: 'embedded' },
    auth: { mode: 'stand-in', port: 3001, audience: 'https://api.reference-app.example' },
  })
})

t.test('every variable is read', async t => {
  const env = {
    NODE_ENV: 'test',
    HOST: '0.0.0.0',
    PORT: '0',
    STAND_IN_PORT: '4001',
    LOG_LEVEL: 'silent',
    DATA_DIR: '/var/lib/somewhere',
    DATABASE_URL: 'postgresql://me:secret@db.example:5432/app',
    AUTH_AUDIENCE: 'https://api.example.com',
  }
  t.strictSame(readConfig(env), {
    environment: 'test',
    host: '0.0.0.0',
    port: 0,
    logLevel: 'silent',
    dataDir: '/var/lib/somewhere',
    database: { mode: 'given', url: env.DATABASE_URL },
    auth: { mode: 'stand-in', port: 4001, audience: 'https://api.example.com' },
  })
})

t.test('AUTH_DOMAIN may carry a scheme; plain http is for loopback', async t => {
  const domainOf = (domain: string): unknown => readConfig({ ...tenant, AUTH_DOMAIN: domain }).auth
  for (const given of ['tenant.eu.auth0.com', 'https://tenant.eu.auth0.com', 'HTTPS://Tenant.EU.auth0.com/']) {
    t.match(domainOf(given), { mode: 'tenant', domain: 'https://tenant.eu.auth0.com/' }, given)
  }
  for (const given of ['http://localhost:3001', 'http://127.0.0.1:3001/', 'http://[::1]:3001']) {
    t.match(domainOf(given), { mode: 'tenant', domain: `${given.replace(/\/$/, '')}/` }, given)
  }
  t.throws(() => domainOf('http://tenant.eu.auth0.com'), { message: /AUTH_DOMAIN must use https/ })
  t.throws(() => domainOf('http://localhost.evil.example'), { message: /AUTH_DOMAIN must use https/ })
  for (const given of [
    'https://tenant.example/path',
    'tenant.example?x=1',
    'ftp://tenant.example',
    'a b',
    'https://',
    'u:p@tenant.example',
  ]) {
    t.throws(() => domainOf(given), { name: 'StartError', message: /AUTH_DOMAIN must be a host name/ }, given)
  }
})

t.test('TEST_JWT_KEY selects HS256, with or without a domain', async t => {
  t.match(readConfig({ TEST_JWT_KEY: 'a-secret' }).auth, { mode: 'secret', secret: 'a-secret' })
  t.match(readConfig({ ...tenant, TEST_JWT_KEY: 'a-secret' }).auth, {
    mode: 'secret',
    domain: 'https://tenant.eu.auth0.com/',
    audience: 'https://api.example.com',
  })
})

t.test('a domain without an audience is a fault', async t => {
  t.throws(() => readConfig({ AUTH_DOMAIN: 'tenant.eu.auth0.com' }), { message: /AUTH_DOMAIN needs AUTH_AUDIENCE/ })
})

t.test('production wants a database and a tenant, and refuses the test key', async t => {
  const complete = { ...tenant, NODE_ENV: 'production', DATABASE_URL: 'postgres://db.example/app' }
  t.match(readConfig(complete), { environment: 'production', auth: { mode: 'tenant' }, database: { mode: 'given' } })
  t.throws(() => readConfig({ ...complete, DATABASE_URL: undefined }), { message: /DATABASE_URL is required/ })
  t.throws(() => readConfig({ ...complete, AUTH_DOMAIN: undefined }), { message: /AUTH_DOMAIN and AUTH_AUDIENCE/ })
  t.throws(() => readConfig({ ...complete, TEST_JWT_KEY: 'k' }), { message: /TEST_JWT_KEY is refused in production/ })
})

t.test('all faults come in one message, without the password', async t => {
  const env = {
    PORT: '70000',
    STAND_IN_PORT: 'http',
    LOG_LEVEL: 'loud',
    NODE_ENV: 'staging',
    DATABASE_URL: 'mysql://me:hunter2@db.example/app',
    AUTH_DOMAIN: 'tenant.eu.auth0.com',
  }
  const error = t.throws(() => readConfig(env), { name: 'StartError' }) as Error
  for (const name of [
    'PORT',
    'STAND_IN_PORT',
    'LOG_LEVEL',
    'NODE_ENV',
    'DATABASE_URL',
    'AUTH_AUDIENCE',
    '.env.example',
  ]) {
    t.match(error.message, name)
  }
  t.equal(error.message.split('\n').length, 8)
  t.notMatch(error.message, 'hunter2')
  t.throws(() => readConfig({ PORT: '3001' }), { message: /PORT and STAND_IN_PORT must differ/ })
})
