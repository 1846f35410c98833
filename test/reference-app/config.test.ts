import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
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
    databases: {
      default: { mode: 'embedded' },
      qa_crawler: { mode: 'embedded' },
      platform_replica: { mode: 'embedded', keptBy: 'app' },
    },
    auth: { mode: 'stand-in', port: 3001, audience: 'https://api.reference-app.example' },
    clientId: 'reference-app-web',
    eventsSecret: null,
    workers: 1,
    demoData: true,
    crawlerHosts: [],
    telemetry: null,
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
    QA_CRAWLER_DATABASE_URL: 'postgresql://me:secret@db.example:5432/qa',
    PLATFORM_REPLICA_DATABASE_URL: 'postgresql://me:secret@replica.example:5432/app',
    PLATFORM_REPLICA_SYNC: 'true',
    AUTH_AUDIENCE: 'https://api.example.com',
    AUTH_CLIENT_ID: 'a-client',
    AUTH0_EVENTS_SECRET: 'a-secret-of-an-event-stream-for-tests',
    WORKERS: '4',
    DEMO_DATA: 'true',
    TELEMETRY: 'true',
    METRICS_HOST: '127.0.0.2',
    METRICS_PORT: '9000',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/',
    QA_CRAWLER_HOSTS: 'www.example.com, www.example.org:8080',
  }
  t.strictSame(readConfig(env), {
    environment: 'test',
    host: '0.0.0.0',
    port: 0,
    logLevel: 'silent',
    dataDir: '/var/lib/somewhere',
    databases: {
      default: { mode: 'given', url: env.DATABASE_URL },
      qa_crawler: { mode: 'given', url: env.QA_CRAWLER_DATABASE_URL },
      platform_replica: { mode: 'given', url: env.PLATFORM_REPLICA_DATABASE_URL, keptBy: 'app' },
    },
    auth: { mode: 'stand-in', port: 4001, audience: 'https://api.example.com' },
    clientId: 'a-client',
    eventsSecret: env.AUTH0_EVENTS_SECRET,
    workers: 4,
    demoData: true,
    crawlerHosts: ['www.example.com', 'www.example.org:8080'],
    telemetry: { host: '127.0.0.2', port: 9000, serviceName: 'shop', collector: 'http://127.0.0.1:4318' },
  })
})

t.test(
  'one connection string serves for all three, each can have its own, and a replica is not ours to keep',
  async t => {
    const url = 'postgres://db.example/app'
    t.strictSame(readConfig({ DATABASE_URL: url }).databases, {
      default: { mode: 'given', url },
      qa_crawler: { mode: 'given', url },
      platform_replica: { mode: 'given', url, keptBy: 'postgres' },
    })
    t.equal(readConfig({ DATABASE_URL: url }).demoData, false, 'nothing is invented in a database of yours')
    const replica = 'postgres://replica.example/app'
    t.match(readConfig({ DATABASE_URL: url, PLATFORM_REPLICA_DATABASE_URL: replica }).databases, {
      platform_replica: { mode: 'given', url: replica, keptBy: 'postgres' },
    })
    t.match(readConfig({ QA_CRAWLER_DATABASE_URL: url }).databases, {
      default: { mode: 'embedded' },
      qa_crawler: { mode: 'given', url },
      platform_replica: { mode: 'embedded', keptBy: 'app' },
    })
    t.throws(() => readConfig({ PLATFORM_REPLICA_SYNC: 'true' }), { message: /needs PLATFORM_REPLICA_DATABASE_URL/ })
    t.throws(() => readConfig({ DEMO_DATA: 'maybe' }), { message: /DEMO_DATA must be one of true, false/ })
    for (const WORKERS of ['0', '65', 'four']) {
      t.throws(() => readConfig({ WORKERS }), { message: /WORKERS must be a whole number from 1 to 64/ }, WORKERS)
    }
  },
)

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
  t.throws(() => readConfig({ AUTH_DOMAIN: 'tenant.eu.auth0.com' }), { message: /AUTH_DOMAIN requires AUTH_AUDIENCE/ })
})

t.test('production wants a database and a tenant, and refuses the test key', async t => {
  const complete = { ...tenant, NODE_ENV: 'production', DATABASE_URL: 'postgres://db.example/app' }
  t.match(readConfig(complete), {
    environment: 'production',
    auth: { mode: 'tenant' },
    databases: { default: { mode: 'given' } },
  })
  t.throws(() => readConfig({ ...complete, DATABASE_URL: undefined }), { message: /DATABASE_URL is required/ })
  t.throws(() => readConfig({ ...complete, AUTH_DOMAIN: undefined }), { message: /AUTH_DOMAIN and AUTH_AUDIENCE/ })
  t.throws(() => readConfig({ ...complete, DEMO_DATA: 'true' }), { message: /DEMO_DATA is refused in production/ })
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
    AUTH0_EVENTS_SECRET: 'too-short-a-secret',
  }
  const error = t.throws(() => readConfig(env), { name: 'StartError' }) as Error
  for (const name of [
    'PORT',
    'STAND_IN_PORT',
    'LOG_LEVEL',
    'NODE_ENV',
    'DATABASE_URL',
    'AUTH_AUDIENCE',
    'AUTH0_EVENTS_SECRET',
    '.env.example',
  ]) {
    t.match(error.message, name)
  }
  t.equal(error.message.split('\n').length, 9)
  t.notMatch(error.message, /hunter2|too-short-a-secret/)
  t.throws(() => readConfig({ PORT: '3001' }), { message: /PORT and STAND_IN_PORT must differ/ })
})

t.test('.env.example explains every variable that is read, and no other', async t => {
  const read = new Set<string>()
  const env = new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => void read.add(String(name)) })
  readConfig(env)
  const folder = resolve(import.meta.dirname, '../../examples/reference-app')
  const lines = readFileSync(join(folder, '.env.example'), 'utf8').split('\n')
  const explained = lines.flatMap((line, index) => {
    const name = /^([A-Z][A-Z0-9_]*)=/.exec(line)?.[1]
    if (name === undefined) return []
    // Some comment stands in the paragraph of each.
    const paragraph = lines.slice(0, index).join('\n').split('\n\n').at(-1) ?? ''
    t.match(paragraph, /^# /m, `${name} is explained`)
    return [name]
  })
  t.strictSame(explained.sort(), [...read].sort())
})
