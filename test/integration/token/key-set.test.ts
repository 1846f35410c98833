import { randomUUID } from 'node:crypto'
import { mock } from 'node:test'
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api'
import t from 'tap'
import type { Auth0UsersError } from '#plugin/errors.js'
import { type SharedKeySet, sealKeySet } from '#plugin/token/keys/shared-keys.js'
import type { SharedCache, Tokens } from '#plugin/token/types.js'
import { recordMetrics } from '../../helpers/telemetry.ts'
import {
  cacheSecret,
  claimsFor,
  events,
  type KeyServer,
  makeClock,
  makeKey,
  makeLog,
  makeTokens,
  outcome,
  sendJson,
  settle,
  sign,
  startKeyServer,
  until,
} from './support.ts'

const first = await makeKey('first')
const second = await makeKey('second')
const third = await makeKey('third')

function memoryCache(): SharedCache & { readonly lifetimes: number[] } {
  const items = new Map<string, unknown>()
  const lifetimes: number[] = []
  return {
    lifetimes,
    get: ({ id }, done) => done(null, items.has(id) ? { item: items.get(id), stored: 0, ttl: 1 } : null),
    set: ({ id }, value, ttl, done) => {
      lifetimes.push(ttl)
      items.set(id, value)
      done(null)
    },
  }
}

t.test('a thousand concurrent cold requests cause one fetch, and one check of the same token', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first, second])
  const tokens = makeTokens(t, server.issuer, clock)
  const one = await sign(first, claimsFor(server.issuer, clock))
  const two = await sign(second, claimsFor(server.issuer, clock))
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => tokens.verify(index % 2 ? one : two)))
  t.equal(server.fetches, 1)
  t.equal(new Set(answers).size, 2)
  t.equal(tokens.verify(one), answers[1], 'a hit answers the same object, without a promise')
})

t.test('random key ids cause one fetch a cooldown and never delay a known key', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  await tokens.verify(await sign(first, claimsFor(server.issuer, clock)))
  t.equal(server.fetches, 1)
  const forged = async (): Promise<string> => {
    const token = await sign(first, claimsFor(server.issuer, clock), { kid: randomUUID() })
    return await outcome(() => tokens.verify(token))
  }
  server.answer = () => undefined // hangs: the fetch that the first unknown id causes
  const waiting = forged()
  await until(() => server.fetches === 2)
  const fresh = tokens.verify(await sign(first, { ...claimsFor(server.issuer, clock), jti: 'new' }))
  t.notOk(fresh instanceof Promise, 'a new token of a known key is answered at once')
  server.answer = null
  await server.stop()
  await server.start()
  t.equal(await waiting, 'A0U_TOKEN_KEY_UNKNOWN')
  clock.advance(30)
  const before = server.fetches
  const codes = await Promise.all(Array.from({ length: 50 }, forged))
  for (let round = 0; round < 3; round++) codes.push(...(await Promise.all(Array.from({ length: 10 }, forged))))
  t.strictSame(new Set(codes), new Set(['A0U_TOKEN_KEY_UNKNOWN']))
  t.equal(server.fetches - before, 1)
  clock.advance(29.9)
  await forged()
  t.equal(server.fetches - before, 1)
  clock.advance(0.2)
  await forged()
  t.equal(server.fetches - before, 2)
})

t.test('a key rotated right after a fetch is picked up at once, and again after each cooldown', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  await tokens.verify(await sign(first, claimsFor(server.issuer, clock)))
  server.keys = [first.jwk, second.jwk]
  const rotated = await Promise.all(
    ['a', 'b', 'c'].map(jti => sign(second, { ...claimsFor(server.issuer, clock), jti })),
  )
  const outcomes = await Promise.all(rotated.map(token => outcome(() => tokens.verify(token))))
  t.strictSame(new Set(outcomes), new Set(['accepted']), 'by everybody who asks for it meanwhile')
  t.equal(server.fetches, 2)
  server.keys = [second.jwk, third.jwk]
  const again = await sign(third, claimsFor(server.issuer, clock))
  t.equal(await outcome(() => tokens.verify(again)), 'A0U_TOKEN_KEY_UNKNOWN', 'within the cooldown')
  clock.advance(30)
  t.equal(await outcome(() => tokens.verify(again)), 'accepted')
  t.equal(server.fetches, 3)
})

t.test('a key that left a fetched set ends its cached tokens; the others stay cached', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first, second])
  const tokens = makeTokens(t, server.issuer, clock)
  const gone = await sign(first, claimsFor(server.issuer, clock))
  const stays = await sign(second, claimsFor(server.issuer, clock))
  await tokens.verify(gone)
  const kept = await tokens.verify(stays)
  server.keys = [second.jwk]
  clock.advance(3600 * 0.8)
  t.equal(tokens.verify(stays), kept, 'the hit that finds the set due is answered at once')
  await until(() => server.fetches === 2)
  await until(() => tokens.health()[0]?.keys === 1)
  t.equal(await outcome(() => tokens.verify(gone)), 'A0U_TOKEN_KEY_UNKNOWN')
  t.equal(tokens.verify(stays), kept)
})

t.test('a key that was replaced under the same id, whichever part of it, ends its cached tokens too', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  const old = await sign(first, claimsFor(server.issuer, clock))
  await tokens.verify(old)
  server.keys = [{ ...first.jwk, e: Buffer.from([1, 0, 3]).toString('base64url') }]
  clock.advance(3600)
  t.equal(await outcome(() => tokens.verify(old)), 'A0U_TOKEN_SIGNATURE')
  server.keys = [first.jwk]
  clock.advance(3600)
  t.equal(await outcome(() => tokens.verify(old)), 'accepted')
  server.keys = [{ ...second.jwk, kid: 'first' }]
  clock.advance(3600)
  t.equal(await outcome(() => tokens.verify(old)), 'A0U_TOKEN_SIGNATURE')
  t.equal(
    await outcome(async () => tokens.verify(await sign(second, claimsFor(server.issuer, clock), { kid: 'first' }))),
    'accepted',
  )
})

t.test('keys are refreshed ahead of their end in the background, once', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  const hit = await sign(first, claimsFor(server.issuer, clock))
  await tokens.verify(hit)
  clock.advance(3600 * 0.8 - 1)
  const fresh = async (jti: string): Promise<string> => await sign(first, { ...claimsFor(server.issuer, clock), jti })
  for (let n = 0; n < 2; n++) t.notOk(tokens.verify(hit) instanceof Promise)
  t.notOk(tokens.verify(await fresh('a')) instanceof Promise)
  await settle(server)
  t.equal(server.fetches, 1, 'not due yet')
  clock.advance(1)
  let release = (): void => undefined
  server.answer = (_request, response) => {
    release = () => sendJson(response, { keys: [first.jwk] })
  }
  for (const jti of ['b', 'c', 'd']) t.notOk(tokens.verify(await fresh(jti)) instanceof Promise)
  await until(() => server.fetches === 2)
  t.notOk(tokens.verify(await fresh('e')) instanceof Promise)
  release()
  await until(() => tokens.health()[0]?.age === 0)
  t.equal(server.fetches, 2)
})

t.test('a quiet process refreshes by its timer', async t => {
  const start = Date.now()
  const clock = makeClock()
  const base = clock.now()
  const running = { now: () => base + (Date.now() - start), advance: () => undefined }
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, running, { jwks: { ttl: 0.4, refreshAhead: 0.5 } })
  await tokens.verify(await sign(first, claimsFor(server.issuer, clock)))
  while (server.fetches < 2 && Date.now() - start < 5000) await new Promise(resolve => setTimeout(resolve, 20))
  t.ok(server.fetches >= 2)
  tokens.close()
})

t.test('only a process that has keys asks for them by itself', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const clock = makeClock()
  let asked = 0
  let held: { readonly item: unknown } | null = null
  const sharedCache: SharedCache = {
    get: (_key, done) => {
      asked++
      done(null, held)
    },
    set: (_key, _value, _ttl, done) => done(null),
  }
  // `fetch` itself refuses this port, so that no timer but ours is under way.
  const tokens = makeTokens(t, 'http://127.0.0.1:9/', clock, { sharedCache })
  const pass = (seconds: number): void => {
    clock.advance(seconds)
    mock.timers.tick(seconds * 1000)
  }
  t.match(await tokens.check(), [{ usable: false, lastFailure: 'network' }])
  pass(3600)
  t.equal(asked, 1, 'after a failure without keys the next request asks')
  const set = { keys: [first.jwk], fetchedAt: clock.now() }
  held = { item: sealKeySet(set, 'http://127.0.0.1:9/', cacheSecret) }
  t.match(await tokens.check(), [{ usable: true, source: 'shared' }])
  t.equal(asked, 2)
  pass(3600 * 0.8 - 1)
  t.equal(asked, 2, 'not due yet')
  pass(1)
  t.equal(asked, 3, 'keys are renewed without a request')
})

t.test('health tells how the set stands, and a check loads it where a request would have to', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  const none = { issuer: server.issuer, keys: 0, source: 'none', age: null, usable: false, nextRefresh: null }
  const some = { issuer: server.issuer, keys: 1, source: 'fetched' }
  const failing: KeyServer['answer'] = (_request, response) => response.writeHead(500).end()
  t.strictSame(tokens.health(), [{ ...none, lastFailure: null }], 'cold')
  t.equal(server.fetches, 0, 'health only tells')

  server.answer = failing
  const checks = await Promise.all([tokens.check(), tokens.check()])
  t.strictSame(checks, Array(2).fill([{ ...none, lastFailure: 'status' }]), 'nothing is planned without a set')
  t.equal(server.fetches, 1)
  server.answer = null
  clock.advance(0.999)
  t.strictSame(await tokens.check(), [{ ...none, lastFailure: 'status' }], 'not before the next attempt')
  t.equal(server.fetches, 1)

  clock.advance(0.001)
  t.strictSame(await tokens.check(), [{ ...some, age: 0, usable: true, nextRefresh: 2880, lastFailure: null }])
  clock.advance(880)
  t.strictSame(await tokens.check(), [{ ...some, age: 880, usable: true, nextRefresh: 2000, lastFailure: null }])
  clock.advance(2720)
  t.strictSame(tokens.health(), [{ ...some, age: 3600, usable: false, nextRefresh: 0, lastFailure: null }], 'overdue')
  t.equal(server.fetches, 2)

  server.answer = failing
  t.strictSame(await tokens.check(), [{ ...some, age: 3600, usable: true, nextRefresh: 1, lastFailure: 'status' }])
  clock.advance(86_400)
  t.strictSame(tokens.health(), [{ ...some, age: 90_000, usable: false, nextRefresh: 0, lastFailure: 'status' }])
  server.answer = null
  t.strictSame(await tokens.check(), [{ ...some, age: 0, usable: true, nextRefresh: 2880, lastFailure: null }])
  t.equal(server.fetches, 4)
})

t.test('the age of a set is a metric once there is a set', async t => {
  const recorder = recordMetrics(t)
  const complaints: unknown[] = []
  const complain = (...said: unknown[]): void => void complaints.push(said)
  const logger: DiagLogger = { error: complain, warn: complain, info: complain, debug: complain, verbose: complain }
  diag.setLogger(logger, DiagLogLevel.WARN)
  t.teardown(() => diag.disable())
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock)
  t.equal((await recorder.collect()).get('jwks.age')?.size ?? 0, 0)
  await tokens.check()
  clock.advance(7)
  t.equal(await recorder.value('jwks.age', 'server.address=127.0.0.1'), 7)
  t.strictSame(complaints, [], 'the SDK was given nothing but numbers')
})

t.test('keys that no verifier can be made for are a load that failed', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const { log, lines } = makeLog()
  const newScope = () => {
    throw new Error('out of instances')
  }
  const tokens = makeTokens(t, server.issuer, clock, { log, newScope })
  const token = await sign(first, claimsFor(server.issuer, clock))
  t.equal(await outcome(() => tokens.verify(token)), 'A0U_KEYS_UNAVAILABLE')
  t.match(tokens.health(), [{ keys: 0, usable: false, lastFailure: 'keys' }])
  t.match(
    lines.map(line => JSON.parse(line)),
    [{ event: 'keys.unavailable', reason: 'keys', err: { message: 'out of instances' } }],
  )
})

t.test('entries that are no usable keys are told at the level debug, and only where there are some', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const { log, lines } = makeLog('debug')
  const tokens = makeTokens(t, server.issuer, clock, { log })
  const ignored = () => lines.map(line => JSON.parse(line)).filter(({ event }) => event === 'keys.ignored')
  await tokens.check()
  t.strictSame(ignored(), [])
  server.keys = [first.jwk, { ...second.jwk, use: 'enc' }, null]
  clock.advance(3600)
  await tokens.check()
  t.match(ignored(), [{ level: 20, refused: 2 }])
})

t.test(
  'an outage with usable keys goes unnoticed up to maxStale, then answers 503, and recovery takes one fetch',
  async t => {
    const clock = makeClock()
    const server = await startKeyServer(t, [first])
    const { log, lines } = makeLog()
    const tokens = makeTokens(t, server.issuer, clock, { jwks: { maxStale: 7200 }, log })
    const cached = await sign(first, claimsFor(server.issuer, clock))
    await tokens.verify(cached)
    await server.stop()
    clock.advance(3601)
    t.equal(await outcome(() => tokens.verify(cached)), 'accepted', 'past the ttl')
    t.notOk(tokens.verify(cached) instanceof Promise, 'after one failed attempt nobody waits any more')
    t.match(tokens.health(), [{ usable: true, keys: 1, source: 'fetched', age: 3601 }])
    clock.advance(7198)
    t.equal(await outcome(() => tokens.verify(cached)), 'accepted', 'just before the end of maxStale')
    await until(() => lines.length === 2)
    clock.advance(1)
    t.equal(await outcome(() => tokens.verify(cached)), 'A0U_KEYS_UNAVAILABLE')
    t.match(tokens.health(), [{ usable: false }])
    await server.start()
    server.fetches = 0
    clock.advance(30)
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcome(() => tokens.verify(cached))))
    t.strictSame(new Set(outcomes), new Set(['accepted']))
    t.equal(server.fetches, 1)
    const news = lines.map(line => /again|could not/.exec(line)?.[0])
    t.strictSame(news, ['could not', 'could not', 'again'])
  },
)

t.test('with usable keys an outage is asked about ever less often, up to 30 s, by nobody who waits', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const { log, lines } = makeLog()
  const tokens = makeTokens(t, server.issuer, clock, { log })
  const cached = await sign(first, claimsFor(server.issuer, clock))
  const token = await tokens.verify(cached)
  t.strictSame(lines, [], 'a first fetch that works is no news')
  server.answer = (_request, response) => response.writeHead(500).end()
  clock.advance(3600 * 0.8)
  let attempts = 1
  for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
    t.equal(tokens.verify(cached), token)
    await until(() => lines.length === attempts)
    clock.advance(wait - 0.001)
    t.equal(tokens.verify(cached), token)
    await settle(server)
    t.equal(server.fetches, 1 + attempts, 'no attempt before the time')
    clock.advance(0.001)
    attempts++
  }
})

t.test('without any key an outage is 503 with Retry-After and is asked about ever less often, up to 5 s', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  server.answer = (_request, response) => response.writeHead(500).end()
  const tokens = makeTokens(t, server.issuer, clock)
  const token = await sign(first, claimsFor(server.issuer, clock))
  const waits: string[] = []
  for (let attempt = 1; attempt <= 5; attempt++) {
    const errors = await Promise.all(
      Array.from(
        { length: 20 },
        async () =>
          await Promise.resolve()
            .then(() => tokens.verify(token))
            .catch((e: Auth0UsersError) => e),
      ),
    )
    const [error] = errors as Auth0UsersError[]
    t.match(error, { code: 'A0U_KEYS_UNAVAILABLE', statusCode: 503 })
    t.equal(server.fetches, attempt)
    waits.push(error?.headers['retry-after'] ?? '')
    clock.advance(Number(waits.at(-1)) - 0.5)
    t.equal(await outcome(() => tokens.verify(token)), 'A0U_KEYS_UNAVAILABLE')
    t.equal(server.fetches, attempt, 'no attempt before the time')
    clock.advance(0.5)
  }
  t.strictSame(waits, ['1', '2', '4', '5', '5'])
  server.answer = null
  t.equal(await outcome(() => tokens.verify(token)), 'accepted')
})

const faults: Record<string, KeyServer['answer']> = {
  'a status of 500': (_request, response) => response.writeHead(500).end('{"keys":[]}'),
  'an empty 204': (_request, response) => response.writeHead(204).end(),
  HTML: (_request, response) => response.setHeader('content-type', 'text/html').end('<html>maintenance</html>'),
  'half a JSON document': (_request, response) => response.end(JSON.stringify({ keys: [first.jwk] }).slice(0, -40)),
  'bytes that are not UTF-8': (_request, response) =>
    response.end(Buffer.concat([Buffer.from('{"keys":[],"x":"'), Buffer.from([0xff]), Buffer.from('"}')])),
  'a JSON null': (_request, response) => sendJson(response, null),
  'a list': (_request, response) => sendJson(response, [first.jwk]),
  'keys that are no list': (_request, response) => sendJson(response, { keys: { first: first.jwk } }),
  'an empty set': (_request, response) => sendJson(response, { keys: [] }),
  'a set without a usable key': (_request, response) => sendJson(response, { keys: [{ ...first.jwk, use: 'enc' }] }),
  '101 keys': (_request, response) =>
    sendJson(response, { keys: Array.from({ length: 101 }, (_, i) => ({ ...first.jwk, kid: `first${i || ''}` })) }),
  'a body over 1 MiB': (_request, response) =>
    sendJson(response, { keys: [first.jwk], padding: 'x'.repeat(1_048_576) }),
  'an endless body': (_request, response) => {
    const pour = (): void => {
      while (response.write('x'.repeat(65_536)));
    }
    response.on('drain', pour)
    pour()
  },
  'a redirect to another origin': (request, response) =>
    response.writeHead(302, { location: `http://localhost:${request.socket.localPort}/jwks` }).end(),
  'a redirect without a target': (_request, response) => response.writeHead(302).end(),
  'a redirect in a circle': (_request, response) => response.writeHead(302, { location: '/round' }).end(),
  'a connection that breaks': (request, _response) => void request.socket.destroy(),
  silence: () => undefined,
  'a body that stops': (_request, response) =>
    void response.writeHead(200, { 'content-length': '100' }).write('{"keys":['),
}

const hanging = new Set(['silence', 'a body that stops'])

for (const [name, answer] of Object.entries(faults)) {
  t.test(`${name} is a failed fetch: 503 when cold, unnoticed with a known key`, async t => {
    const clock = makeClock()
    const server = await startKeyServer(t, [first])
    const { log, lines } = makeLog()
    const tokens = makeTokens(t, server.issuer, clock, { jwks: { timeout: hanging.has(name) ? 1 : 10 }, log })
    const token = await sign(first, claimsFor(server.issuer, clock))
    server.answer = answer ?? null
    const start = Date.now()
    t.equal(await outcome(() => tokens.verify(token)), 'A0U_KEYS_UNAVAILABLE')
    t.ok(Date.now() - start < 5000, 'ends by the timeout')
    t.match(lines.join(''), /could not be fetched/)
    server.answer = null
    clock.advance(2)
    t.equal(await outcome(() => tokens.verify(token)), 'accepted')
    server.answer = answer ?? null
    clock.advance(3601)
    t.equal(await outcome(() => tokens.verify(token)), 'accepted', 'a known key survives')
    t.match(tokens.health(), [{ keys: 1, usable: true }])
  })
}

t.test('a redirect within the origin is followed', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  server.answer = (request, response) => {
    if (request.url === '/moved') sendJson(response, { keys: server.keys })
    else response.writeHead(307, { location: '/moved' }).end()
  }
  const tokens = makeTokens(t, server.issuer, clock)
  t.equal(await outcome(async () => tokens.verify(await sign(first, claimsFor(server.issuer, clock)))), 'accepted')
})

t.test('a set of 100 keys is used; two different keys of one id are both left out, and said so', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  server.keys = [
    ...Array.from({ length: 97 }, (_, i) => ({ ...first.jwk, kid: `k${i}` })),
    second.jwk,
    { ...third.jwk, kid: 'second' },
    third.jwk,
  ]
  const { log, lines } = makeLog()
  const tokens = makeTokens(t, server.issuer, clock, { log })
  const claims = claimsFor(server.issuer, clock)
  t.equal(await outcome(async () => tokens.verify(await sign(third, claims))), 'accepted')
  t.equal(await outcome(async () => tokens.verify(await sign(first, claims, { kid: 'k96' }))), 'accepted')
  t.equal(await outcome(async () => tokens.verify(await sign(second, claims))), 'A0U_TOKEN_KEY_UNKNOWN')
  t.match(lines.join(''), /"conflicts":\["second"\]/)
})

t.test('two issuers with the same key id keep their keys apart', async t => {
  const clock = makeClock()
  const one = await startKeyServer(t, [first])
  const two = await startKeyServer(t, [first])
  two.keys = [{ ...second.jwk, kid: 'first' }]
  const issuers = [one, two].map(({ issuer }) => ({ issuer, audience: ['https://api.example.com'] }))
  const tokens = makeTokens(t, one.issuer, clock, { issuers })
  t.equal(await outcome(async () => tokens.verify(await sign(first, claimsFor(one.issuer, clock)))), 'accepted')
  t.equal(
    await outcome(async () => tokens.verify(await sign(second, claimsFor(two.issuer, clock), { kid: 'first' }))),
    'accepted',
  )
  t.equal(
    await outcome(async () => tokens.verify(await sign(first, claimsFor(two.issuer, clock)))),
    'A0U_TOKEN_SIGNATURE',
  )
  t.equal(
    await outcome(async () => tokens.verify(await sign(first, claimsFor('http://127.0.0.1:1/', clock)))),
    'A0U_TOKEN_ISSUER',
  )
  t.strictSame([one.fetches, two.fetches], [1, 1], 'an unknown issuer is never asked')
})

t.test('a new process starts warm from the shared cache and a fleet shares one fetch', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const sharedCache = memoryCache()
  const token = await sign(first, claimsFor(server.issuer, clock))
  const older = makeTokens(t, server.issuer, clock, { sharedCache })
  await older.verify(token)
  clock.advance(60)
  const newer = makeTokens(t, server.issuer, clock, { sharedCache })
  t.equal(await outcome(() => newer.verify(token)), 'accepted')
  t.equal(server.fetches, 1)
  t.match(newer.health(), [{ source: 'shared', age: 60 }])
  t.strictSame(sharedCache.lifetimes, [(3600 + 86_400) * 1000])
  clock.advance(3600 * 0.8)
  t.equal(await outcome(() => older.verify(token)), 'accepted')
  await until(() => older.health()[0]?.age === 0)
  t.equal(await outcome(() => newer.verify(token)), 'accepted')
  await until(() => newer.health()[0]?.age === 0)
  t.equal(server.fetches, 2, 'the refresh is shared too')
  server.keys = [first.jwk, second.jwk]
  const third = makeTokens(t, server.issuer, clock, { sharedCache })
  const rotated = await sign(second, claimsFor(server.issuer, clock))
  t.equal(await outcome(() => third.verify(rotated)), 'accepted', 'a key younger than the shared set')
  t.equal(server.fetches, 3)
})

t.test('a set of the shared cache is used only where it is newer than our own', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const tokens = makeTokens(t, server.issuer, clock, { sharedCache: memoryCache() })
  const token = await sign(first, claimsFor(server.issuer, clock))
  await tokens.verify(token)
  server.answer = (_request, response) => response.writeHead(500).end()
  clock.advance(60)
  const forged = await sign(first, claimsFor(server.issuer, clock), { kid: 'made-up' })
  t.equal(await outcome(() => tokens.verify(forged)), 'A0U_TOKEN_KEY_UNKNOWN')
  t.match(tokens.health(), [{ age: 60, lastFailure: 'status' }])
  server.answer = null
  clock.advance(1)
  t.equal(await outcome(() => tokens.verify(token)), 'accepted')
  await until(() => tokens.health()[0]?.lastFailure === null)
  t.match(tokens.health(), [{ source: 'fetched', age: 0 }])
  t.equal(server.fetches, 3, 'what we left in the cache ourselves is no news')
})

t.test('an unknown key is looked for at the issuer, whatever the shared cache holds', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const sharedCache = memoryCache()
  const [one, two] = [0, 1].map(() => makeTokens(t, server.issuer, clock, { sharedCache })) as [
    Tokens<unknown>,
    Tokens<unknown>,
  ]
  for (const tokens of [one, two]) await tokens.check()
  clock.advance(60)
  const forged = await sign(first, claimsFor(server.issuer, clock), { kid: 'made-up' })
  t.equal(await outcome(() => one.verify(forged)), 'A0U_TOKEN_KEY_UNKNOWN')
  t.equal(server.fetches, 2, 'and what was found is left in the cache')
  server.keys = [first.jwk, second.jwk]
  clock.advance(1)
  t.equal(await outcome(async () => two.verify(await sign(second, claimsFor(server.issuer, clock)))), 'accepted')
  t.equal(server.fetches, 3)
})

t.test('in an outage an overdue set of the shared cache is used, up to maxStale', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const sharedCache = memoryCache()
  const token = await sign(first, claimsFor(server.issuer, clock))
  await makeTokens(t, server.issuer, clock, { sharedCache }).verify(token)
  await server.stop()
  clock.advance(4000)
  const late = makeTokens(t, server.issuer, clock, { sharedCache })
  t.equal(await outcome(() => late.verify(token)), 'accepted')
  t.match(late.health(), [{ source: 'shared', age: 4000, usable: true }])
  clock.advance(90_000)
  const tooLate = makeTokens(t, server.issuer, clock, { sharedCache })
  t.equal(await outcome(() => tooLate.verify(token)), 'A0U_KEYS_UNAVAILABLE')
  t.match(tooLate.health(), [{ source: 'none', keys: 0, age: null, usable: false, lastFailure: 'network' }])
})

t.test('a broken, silent or poisoned shared cache changes nothing; only one that fails is told of', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const token = await sign(first, claimsFor(server.issuer, clock))
  const set: SharedCache['set'] = (_key, _value, _ttl, done) => done(null)
  const item = (value: unknown): SharedCache => ({
    get: (_key, done) => done(null, { item: value, stored: 0, ttl: 1 }),
    set,
  })
  const fetchedAt = clock.now()
  const signed = (set: object): SharedCache => item(sealKeySet(set as SharedKeySet, server.issuer, cacheSecret))
  const good = { keys: [first.jwk, second.jwk], fetchedAt }
  const sealed = sealKeySet(good, server.issuer, cacheSecret)
  const caches: Record<string, SharedCache> = {
    throwing: {
      get: () => {
        throw new Error('down')
      },
      set: () => {
        throw new Error('down')
      },
    },
    failing: {
      get: (_key, done) => done(new Error('down'), null),
      set: (_key, _value, _ttl, done) => done(new Error('down')),
    },
    silent: { get: () => undefined, set: () => undefined },
    empty: { get: (_key, done) => done(null, null), set },
    'answering text': { get: (_key, done) => done(null, 'junk'), set },
    'answering nothing': { get: (_key, done) => done(null, undefined), set },
    'answering no item': { get: (_key, done) => done(null, { stored: 0, ttl: 1 }), set },
    'holding text': item('junk'),
    'holding null': item(null),
    'holding a set that nobody signed': item(good),
    'holding a set under another secret': item(sealKeySet(good, server.issuer, `${cacheSecret}x`)),
    "holding another issuer's set": item(sealKeySet(good, 'https://other.example/', cacheSecret)),
    'holding a changed set': item({ ...sealed, set: sealed.set.replace('"keys"', '"keys" ') }),
    'holding a truncated set': item({ ...sealed, set: sealed.set.slice(0, -10) }),
    'holding no code': item({ set: sealed.set }),
    'holding a huge set': item({ ...sealed, set: sealed.set + ' '.repeat(2_000_000) }),
    'holding no list': signed({ keys: 'x', fetchedAt }),
    'holding no time': signed({ keys: [first.jwk], fetchedAt: 'now' }),
    'holding a time that is text': signed({ keys: [first.jwk], fetchedAt: String(fetchedAt) }),
    'holding a time far ahead': signed({ keys: [first.jwk], fetchedAt: fetchedAt + 61_000 }),
    'holding too many keys': signed({ keys: Array.from({ length: 101 }, () => first.jwk), fetchedAt }),
    'holding an unusable key': signed({ keys: [{ ...first.jwk, alg: 'HS256' }], fetchedAt }),
    'returning promises': {
      get: () => Promise.reject(new Error('down')),
      set: () => Promise.reject(new Error('down')),
    } as never,
  }
  const told: Record<string, readonly string[]> = {
    throwing: ['shared_cache.failed', 'shared_cache.failed'],
    failing: ['shared_cache.failed', 'shared_cache.failed'],
    silent: ['shared_cache.failed'],
    'returning promises': ['shared_cache.failed', 'shared_cache.failed'],
    'holding text': ['shared_cache.refused'],
    'holding a set that nobody signed': ['shared_cache.refused'],
    'holding a set under another secret': ['shared_cache.refused'],
    "holding another issuer's set": ['shared_cache.refused'],
    'holding a changed set': ['shared_cache.refused'],
    'holding a truncated set': ['shared_cache.refused'],
    'holding no code': ['shared_cache.refused'],
    'holding a huge set': ['shared_cache.refused'],
    'holding an unusable key': ['shared_cache.unusable'],
  }
  for (const [name, sharedCache] of Object.entries(caches)) {
    server.fetches = 0
    const { log, lines } = makeLog()
    const tokens = makeTokens(t, server.issuer, clock, { sharedCache, log })
    t.match(await tokens.check(), [{ source: 'fetched', keys: 1 }], name)
    t.equal(await outcome(() => tokens.verify(token)), 'accepted', name)
    t.equal(server.fetches, 1, `${name}: fetched`)
    t.strictSame(events(lines), told[name] ?? [], `${name}: what is told`)
  }
})

t.test('a shared cache that works, and one that holds nothing yet, are not complained about', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const { log, lines } = makeLog()
  const sharedCache = memoryCache()
  for (const source of ['fetched', 'shared']) {
    t.match(await makeTokens(t, server.issuer, clock, { sharedCache, log }).check(), [{ source }])
  }
  t.strictSame(lines, [])
})

t.test('in an outage a shared set without a usable key is as good as none', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  await server.stop()
  const set = { keys: [{ ...first.jwk, use: 'enc' }], fetchedAt: clock.now() }
  const item = sealKeySet(set, server.issuer, cacheSecret)
  const sharedCache: SharedCache = {
    get: (_key, done) => done(null, { item, stored: 0, ttl: 1 }),
    set: (_key, _value, _ttl, done) => done(null),
  }
  const tokens = makeTokens(t, server.issuer, clock, { sharedCache })
  t.match(await tokens.check(), [{ source: 'none', keys: 0, age: null, usable: false, lastFailure: 'network' }])
})

t.test('a store without a secret is not used, and that is told', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  const { log, lines } = makeLog()
  const store = memoryCache()
  const tokens = makeTokens(t, server.issuer, clock, { sharedCache: { store, secret: null }, log })
  t.match(await tokens.check(), [{ source: 'fetched' }])
  t.strictSame(store.lifetimes, [], 'nothing is written')
  t.strictSame(events(lines), ['shared_cache.unsigned'])
})

t.test('close ends a fetch under way and lets none start', async t => {
  const clock = makeClock()
  const server = await startKeyServer(t, [first])
  server.answer = () => undefined
  const tokens = makeTokens(t, server.issuer, clock)
  const token = await sign(first, claimsFor(server.issuer, clock))
  const waiting = outcome(() => tokens.verify(token))
  await until(() => server.fetches === 1)
  tokens.close()
  t.equal(await waiting, 'A0U_KEYS_UNAVAILABLE')
  clock.advance(60)
  t.equal(await outcome(() => tokens.verify(token)), 'A0U_KEYS_UNAVAILABLE')
  t.equal(server.fetches, 1)
})
