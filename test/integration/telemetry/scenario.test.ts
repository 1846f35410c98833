import { FastifyOtelInstrumentation } from '@fastify/otel'
import { SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { build, localIssuer } from '../../helpers/app.ts'
import { recordTelemetry } from '../../helpers/telemetry.ts'
import { step } from './steps.ts'

const day = 24 * 3600
const profilePath = '/api/v1/accounts/users/profile/'
const recorder = recordTelemetry(t)

/** What every request adds whose token is new to the process, by what became of its key and its person. */
const newToken = (key: string, user: 'hit' | 'miss') => ({
  'token_cache.lookups outcome=miss': 1,
  [`key.lookups outcome=${key}`]: 1,
  'token.verifications outcome=accepted': 1,
  'token.verification.duration outcome=accepted': 1,
  [`user_cache.lookups outcome=${user}`]: 1,
})
const refusedToken = (key: string, outcome: string, code: string) => ({
  'token_cache.lookups outcome=miss': 1,
  [`key.lookups outcome=${key}`]: 1,
  [`token.verifications error.type=${code} outcome=${outcome}`]: 1,
  [`token.verification.duration outcome=${outcome}`]: 1,
  [`requests.refused error.type=${code}`]: 1,
})
const admitted = { 'requests.authenticated auth.method=jwt': 1 }
const fetched = { 'jwks.fetch.duration': 1, 'jwks.loads outcome=fetched': 1 }
const notFetched = { 'jwks.fetch.duration error.type=status': 1, 'jwks.loads error.type=status outcome=failed': 1 }
const loaded = (times: number) => ({ 'users.load.batch_size': times, 'users.load.duration': times })
const provisioned = (outcome: string, hook: string) => ({
  [`hook.duration hook.name=beforeCreate outcome=${hook}`]: 1,
  [`users.provisioned outcome=${outcome}`]: 1,
  [`users.provision.duration outcome=${outcome}`]: 1,
})
const saved = (outcome: string, type = '') => ({
  [`profile.saves ${type}outcome=${outcome}`]: 1,
  [`profile.save.duration outcome=${outcome}`]: 1,
})

const verifySpan = { 'token.verify outcome=accepted': 1 }
const refusedSpan = (outcome: string, code: string) => ({ [`token.verify error.type=${code} outcome=${outcome}`]: 1 })
const fetchSpan = { 'jwks.fetch http.response.status_code=200 server.address=127.0.0.1': 1 }
const failedFetchSpan = { 'jwks.fetch error.type=status http.response.status_code=500 server.address=127.0.0.1': 1 }
const loadSpans = (times: number) => ({ 'users.load batch.size=1 db.system.name=postgresql': times })
const provisionSpans = { 'hook hook.name=beforeCreate outcome=done': 1, 'users.provision outcome=created': 1 }

t.test('a scripted life of an app gives exactly the documented spans and values', async t => {
  let time = Date.now()
  let fails = false
  const issuer = await localIssuer(t, { now: () => time })
  const { app, bearer } = await build(t, {
    issuer,
    plugin: {
      now: () => time,
      cache: { ttl: 7 * day },
      users: { activity: false },
      profile: { schema: Type.Object({ title: Type.Optional(Type.String()) }), required: ['title'] },
      hooks: {
        beforeCreate: ({ auth0_id }) => {
          if (fails) throw Object.assign(new Error(`${auth0_id} is not wanted`), { code: auth0_id })
        },
      },
    },
    routes: app => app.get('/hello', () => 'hello'),
  })
  let tokens = 0
  /** Of a token that was not seen before. */
  const bearerOf = (sub: string) => bearer({ sub, exp: Math.floor(time / 1000) + day, jti: `${++tokens}` })
  const get = async (authorization: string) =>
    (await app.inject({ url: '/hello', headers: { authorization } })).statusCode
  const send = async (method: 'PUT' | 'DELETE', payload?: object) => {
    const headers = { authorization: await bearerOf('auth0|ada') }
    const body = payload === undefined ? {} : { payload }
    return (await app.inject({ method, url: profilePath, headers, ...body })).statusCode
  }
  const run = (work: () => Promise<unknown>) => step(recorder, work)
  const ada = await bearerOf('auth0|ada')

  await t.test('cold start and first sign-in', async t => {
    const three = await run(async () => {
      t.strictSame(await Promise.all([1, 2, 3].map(() => get(ada))), [200, 200, 200])
    })
    t.strictSame(three.added, {
      'requests.authenticated auth.method=jwt': 3,
      'token_cache.lookups outcome=miss': 3,
      'key.lookups outcome=fetched': 3,
      'token.verifications outcome=accepted': 3,
      'token.verification.duration outcome=accepted': 3,
      'user_cache.lookups outcome=miss': 3,
      ...fetched,
      ...loaded(2),
      ...provisioned('created', 'done'),
    })
    t.strictSame(three.spans, { 'token.verify outcome=accepted': 3, ...fetchSpan, ...loadSpans(2), ...provisionSpans })
  })

  await t.test('hits', async t => {
    const ten = await run(async () => {
      for (let n = 0; n < 10; n++) await get(ada)
    })
    t.strictSame(ten.added, {
      'requests.authenticated auth.method=jwt': 10,
      'token_cache.lookups outcome=hit': 10,
      'user_cache.lookups outcome=hit': 10,
    })
    t.strictSame(ten.spans, {})
  })

  await t.test('rotation', async t => {
    await issuer.rotate()
    const bob = await bearerOf('auth0|bob')
    const { added, spans } = await run(async () => t.equal(await get(bob), 200))
    const person = { ...loaded(2), ...provisioned('created', 'done') }
    t.strictSame(added, { ...admitted, ...newToken('fetched', 'miss'), ...fetched, ...person })
    t.strictSame(spans, { ...verifySpan, ...fetchSpan, ...loadSpans(2), ...provisionSpans })
  })

  await t.test('outage: stale keys, then none, then back', async t => {
    await issuer.outage('status-500')
    time += 3_601_000
    const again = async () => get(await bearerOf('auth0|ada'))
    const first = await run(async () => t.equal(await again(), 200))
    t.strictSame(first.added, { ...admitted, ...newToken('stale', 'hit'), ...notFetched })
    t.strictSame(first.spans, { ...verifySpan, ...failedFetchSpan })
    const second = await run(async () => t.equal(await again(), 200))
    t.strictSame(second.added, { ...admitted, ...newToken('stale', 'hit') })
    t.strictSame(second.spans, verifySpan)

    await issuer.rotate()
    const unknown = 'A0U_TOKEN_KEY_UNKNOWN'
    const throttled = await run(async () => t.equal(await again(), 401))
    t.strictSame(throttled.added, refusedToken('throttled', 'refused', unknown))
    t.strictSame(throttled.spans, refusedSpan('refused', unknown))
    time += 40_000
    const failed = await run(async () => t.equal(await again(), 401))
    t.strictSame(failed.added, { ...refusedToken('failed', 'refused', unknown), ...notFetched })
    t.strictSame(failed.spans, { ...refusedSpan('refused', unknown), ...failedFetchSpan })

    time += 2 * day * 1000
    t.equal(await recorder.value('jwks.age', 'server.address=127.0.0.1'), 2 * day + 3641)
    const down = await run(async () => t.equal(await again(), 503))
    t.strictSame(down.added, { ...refusedToken('failed', 'unavailable', 'A0U_KEYS_UNAVAILABLE'), ...notFetched })
    const waiting = await run(async () => t.equal(await again(), 503))
    t.strictSame(waiting.added, refusedToken('throttled', 'unavailable', 'A0U_KEYS_UNAVAILABLE'))

    await issuer.outage('none')
    time += 10_000
    const back = await run(async () => t.equal(await again(), 200))
    t.strictSame(back.added, { ...admitted, ...newToken('fetched', 'hit'), ...fetched })
    t.equal(await recorder.value('jwks.age', 'server.address=127.0.0.1'), 0)
  })

  await t.test('a key that nobody has', async t => {
    time += 40_000
    const forged = await bearer({ sub: 'auth0|ada' }, { header: { kid: 'made-up' } })
    const { added } = await run(async () => t.equal(await get(forged), 401))
    t.strictSame(added, { ...refusedToken('unknown', 'refused', 'A0U_TOKEN_KEY_UNKNOWN'), ...fetched })
  })

  await t.test('a failing hook', async t => {
    fails = true
    const eve = await bearerOf('auth0|eve')
    const { added, spans } = await run(async () => t.equal(await get(eve), 500))
    const person = {
      ...loaded(1),
      ...provisioned('failed', 'failed'),
      'requests.refused error.type=A0U_HOOK_FAILED': 1,
    }
    t.strictSame(added, { ...newToken('hit', 'miss'), ...person })
    t.strictSame(spans, {
      ...verifySpan,
      ...loadSpans(1),
      'hook error.type=_OTHER hook.name=beforeCreate outcome=failed': 1,
      'users.provision error.type=A0U_HOOK_FAILED outcome=failed': 1,
    })
  })

  await t.test('profile saves', async t => {
    const title = { profile_data: { title: 'Dr.' } }
    const first = await run(async () => t.equal(await send('PUT', title), 200))
    const funnel = { 'registration.started': 1, 'registration.completed': 1 }
    const evicted = { 'user_cache.evictions reason=change': 1 }
    t.strictSame(first.added, { ...admitted, ...newToken('hit', 'hit'), ...saved('saved'), ...funnel, ...evicted })
    t.strictSame(first.spans, { ...verifySpan, 'profile.save outcome=saved profile.mode=put': 1 })
    const second = await run(async () => t.equal(await send('PUT', title), 200))
    t.strictSame(second.added, { ...admitted, ...newToken('hit', 'miss'), ...loaded(1), ...saved('unchanged') })
    const wrong = await run(async () => t.equal(await send('PUT', { profile_data: { title: 5 } }), 400))
    const refused = saved('refused', 'error.type=A0U_BODY_INVALID ')
    t.strictSame(wrong.added, { ...admitted, ...newToken('hit', 'hit'), ...refused })
  })

  await t.test('erasure', async t => {
    const { added, spans } = await run(async () => t.equal(await send('DELETE'), 204))
    const evicted = { 'user_cache.evictions reason=change': 1 }
    t.strictSame(added, { ...admitted, ...newToken('hit', 'hit'), ...evicted })
    t.strictSame(spans, { ...verifySpan, 'privacy.erase': 1 })
  })
})

t.test('spans stand in one another, and only failures are marked as errors', async t => {
  let time = Date.now()
  const { app, issuer, bearer } = await build(t, {
    plugin: {
      now: () => time,
      hooks: { beforeCreate: () => Promise.reject(Object.assign(new Error('no'), { statusCode: 409 })) },
    },
    routes: app => app.get('/hello', () => 'hello'),
  })
  await issuer.outage('status-500')
  const headers = { authorization: await bearer({ sub: 'auth0|ada', iat: Math.floor(time / 1000) }) }
  recorder.takeSpans()
  t.equal((await app.inject({ url: '/hello', headers })).statusCode, 503)
  const [fetch, verify] = recorder.takeSpans()
  t.match(fetch, { name: /jwks.fetch$/, status: { code: SpanStatusCode.ERROR, message: 'status' } })
  t.match(verify, { name: /token.verify$/, status: { code: SpanStatusCode.ERROR, message: 'A0U_KEYS_UNAVAILABLE' } })
  t.equal(fetch?.parentSpanContext?.spanId, verify?.spanContext().spanId)
  await issuer.outage('none')
  time += 2000
  t.equal((await app.inject({ url: '/hello', headers })).statusCode, 409)
  const spans = recorder.takeSpans()
  const [hook, provision] = spans.slice(-2)
  t.match(hook, { name: /hook$/, attributes: { outcome: 'refused' }, status: { code: SpanStatusCode.UNSET } })
  t.equal(hook?.parentSpanContext?.spanId, provision?.spanContext().spanId)
  t.strictSame(
    spans.flatMap(({ status, events }) => [status.code, ...events]).filter(code => code !== 0),
    [],
  )
})

t.test('@fastify/otel shows the hooks by their names', async t => {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const otel = new FastifyOtelInstrumentation()
  otel.setTracerProvider(tracerProvider)
  const { app, bearer } = await build(t, {
    before: app => app.register(otel.plugin()),
    routes: app => app.get('/hello', () => 'hello'),
  })
  const headers = { authorization: await bearer({ sub: 'auth0|ada' }) }
  t.equal((await app.inject({ url: '/hello', headers })).statusCode, 200)
  const names = exporter.getFinishedSpans().map(({ attributes }) => attributes['hook.callback.name'])
  for (const name of ['auth0UsersAuthenticate', 'auth0UsersAuthenticateOptions', 'auth0UsersCheck'])
    t.ok(names.includes(name), name)
})
