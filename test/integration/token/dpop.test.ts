import { createHash, randomUUID } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import t from 'tap'
import { databaseReplay } from '#plugin/token/dpop/database-replay.js'
import { createDpop, type Dpop, type DpopOptions } from '#plugin/token/dpop/dpop.js'
import { type DpopReplay, redisReplay } from '#plugin/token/dpop/shared-replay.js'
import { testDatabase } from '../../helpers/postgres.ts'
import { type Clock, makeClock, makeLog } from './support.ts'

interface Client {
  readonly alg: string
  readonly jwk: JWK
  readonly secretJwk: JWK
  readonly privateKey: CryptoKey
  readonly jkt: string
}

async function makeClient(alg: string): Promise<Client> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, jwk, secretJwk: await exportJWK(privateKey), privateKey, jkt: await calculateJwkThumbprint(jwk) }
}

const client = await makeClient('ES256')
const accessToken = 'the.access.token'
const request = { method: 'GET', url: 'https://api.example.com/me?x=1', accessToken }
const ath = createHash('sha256').update(accessToken).digest('base64url')

function makeDpop(clock: Clock, changes: Partial<DpopOptions> = {}): Dpop {
  const { log } = makeLog()
  return createDpop({
    now: clock.now,
    clockTolerance: 5,
    maxAge: 60,
    replayCapacity: 1000,
    replay: null,
    log,
    ...changes,
  })
}

async function prove(clock: Clock, claims: object = {}, header: object = {}, by: Client = client): Promise<string> {
  const payload = {
    htm: 'GET',
    htu: 'https://api.example.com/me',
    ath,
    jti: randomUUID(),
    iat: clock.now() / 1000,
    ...claims,
  }
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: by.alg, typ: 'dpop+jwt', jwk: by.jwk, ...header })
    .sign(by.privateKey)
}

async function check(dpop: Dpop, proof: string | readonly string[] | undefined, by: Client = client): Promise<string> {
  return await dpop.check(proof, { ...request, jkt: by.jkt }).then(
    () => 'accepted',
    error => error.code ?? String(error),
  )
}

t.test('a proof made by the bound key for this request is accepted, whatever its asymmetric algorithm', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock)
  for (const alg of ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']) {
    const by = await makeClient(alg)
    t.equal(await check(dpop, await prove(clock, {}, {}, by), by), 'accepted', alg)
  }
  t.equal(await check(dpop, [await prove(clock)]), 'accepted', 'as a list of one')
})

t.test('there must be exactly one proof', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock)
  const [one, two] = [await prove(clock), await prove(clock)]
  for (const proof of [
    undefined,
    [],
    [one, two],
    [one, one],
    `${one}, ${two}`,
    '',
    'x',
    'a.b.c',
    one.slice(0, -2),
    `${one}${'A'.repeat(9000)}`,
    await prove(clock, { padding: 'x'.repeat(6000) }),
  ]) {
    t.equal(await check(dpop, proof), 'A0U_DPOP_PROOF')
  }
  t.equal(await check(dpop, await prove(clock, { padding: 'x'.repeat(5000) })), 'accepted', 'up to 8192 characters')
  t.equal(await check(dpop, one), 'accepted', 'none of that used it up')
})

t.test('every part of the proof is checked', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock)
  const other = await makeClient('ES256')
  const seconds = clock.now() / 1000
  const { x: _, ...withoutX } = client.jwk
  const bad: Record<string, string> = {
    'another method': await prove(clock, { htm: 'POST' }),
    'a method in lower case': await prove(clock, { htm: 'get' }),
    'no method': await prove(clock, { htm: undefined }),
    'another path': await prove(clock, { htu: 'https://api.example.com/you' }),
    'another host': await prove(clock, { htu: 'https://evil.example.com/me' }),
    'no target': await prove(clock, { htu: undefined }),
    'a target that is no text': await prove(clock, { htu: ['https://api.example.com/me'] }),
    'another access token': await prove(clock, { ath: createHash('sha256').update('other').digest('base64url') }),
    'no access token': await prove(clock, { ath: undefined }),
    'too old': await prove(clock, { iat: seconds - 65.001 }),
    'from the future': await prove(clock, { iat: seconds + 5.001 }),
    'no time': await prove(clock, { iat: undefined }),
    'a time that is text': await prove(clock, { iat: String(seconds) }),
    'a time in a list': await prove(clock, { iat: [seconds] }),
    'no id': await prove(clock, { jti: undefined }),
    'an empty id': await prove(clock, { jti: '' }),
    'an id that is no text': await prove(clock, { jti: 1 }),
    'an endless id': await prove(clock, { jti: 'x'.repeat(1025) }),
    'another type': await prove(clock, {}, { typ: 'JWT' }),
    'no type': await prove(clock, {}, { typ: undefined }),
    'no key': await prove(clock, {}, { jwk: undefined }),
    'half a key': await prove(clock, {}, { jwk: withoutX }),
    'a private key': await prove(clock, {}, { jwk: client.secretJwk }),
    "another's key in the header": await prove(clock, {}, { jwk: other.jwk }),
    "another's key altogether": await prove(clock, {}, {}, other),
    expired: await prove(clock, { exp: seconds - 10 }),
  }
  for (const [name, proof] of Object.entries(bad)) t.equal(await check(dpop, proof), 'A0U_DPOP_PROOF', name)
  const header = { alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AA' } }
  const secret = new TextEncoder().encode('a symmetric secret of thirty-two')
  const symmetric = await new SignJWT({ htm: 'GET', htu: 'https://api.example.com/me', ath, jti: 'x', iat: seconds })
    .setProtectedHeader(header)
    .sign(secret)
  const jkt = await calculateJwkThumbprint(header.jwk)
  t.equal(await check(dpop, symmetric, { ...client, jkt }), 'A0U_DPOP_PROOF', 'a symmetric algorithm')
  for (const claims of [
    { iat: seconds - 65 },
    { iat: seconds + 5 },
    { htu: 'HTTPS://API.EXAMPLE.COM:443/me#x' },
    { jti: 'x'.repeat(1024) },
    { exp: seconds - 4 },
  ]) {
    t.equal(await check(dpop, await prove(clock, claims)), 'accepted')
  }
})

t.test('the log is told what is wrong with a proof, and nothing that it holds', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock)
  const other = await makeClient('ES256')
  const { x: _, ...withoutX } = client.jwk
  const [one, two] = [await prove(clock), await prove(clock)]
  const reasons: [string | readonly string[] | undefined, string][] = [
    [undefined, 'one proof is needed'],
    [[one, two], 'one proof is needed'],
    [await prove(clock, { padding: 'x'.repeat(6000) }), 'one proof is needed'],
    ['x', 'proof'],
    [await prove(clock, {}, { jwk: undefined }), 'jwk'],
    [await prove(clock, {}, { jwk: [client.jwk] }), 'jwk'],
    [await prove(clock, {}, { jwk: {} }), 'proof'],
    [await prove(clock, {}, { jwk: withoutX }), 'ERR_JWK_INVALID'],
    [await prove(clock, {}, {}, other), 'jkt'],
    [`${one.slice(0, -4)}AAAA`, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    [await prove(clock, {}, { typ: 'JWT' }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    [await prove(clock, { iat: String(clock.now() / 1000) }), 'ERR_JWT_CLAIM_VALIDATION_FAILED'],
    [await prove(clock, { iat: undefined }), 'iat'],
    [await prove(clock, { iat: 1 }), 'iat'],
    [await prove(clock, { htm: 'POST' }), 'htm'],
    [await prove(clock, { htu: 'https://evil.example.com/me' }), 'htu'],
    [await prove(clock, { ath: 'x' }), 'ath'],
    [await prove(clock, { jti: '' }), 'jti'],
  ]
  for (const [proof, reason] of reasons) {
    await t.rejects(dpop.check(proof, { ...request, jkt: client.jkt }), {
      code: 'A0U_DPOP_PROOF',
      cause: new Error(`DPoP: ${reason}`),
    })
  }
})

t.test('a proof is good once, for as long as it could be used', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock)
  const ahead = await prove(clock, { iat: clock.now() / 1000 + 5 })
  t.equal(await check(dpop, ahead), 'accepted')
  for (let step = 0; step < 14; step++) {
    t.equal(await check(dpop, ahead), 'A0U_DPOP_REPLAYED', `${step * 5} s later`)
    t.equal(await check(dpop, await prove(clock)), 'accepted')
    clock.advance(5)
  }
  clock.advance(1)
  t.equal(await check(dpop, ahead), 'A0U_DPOP_PROOF', 'then it is too old')
  const jti = 'the same id'
  const other = await makeClient('ES256')
  t.equal(await check(dpop, await prove(clock, { jti })), 'accepted')
  t.equal(await check(dpop, await prove(clock, { jti, x: 1 })), 'A0U_DPOP_REPLAYED', 'the id counts, not the text')
  t.equal(await check(dpop, await prove(clock, { jti }, {}, other), other), 'accepted', 'ids are per key')
})

t.test(
  'one client fills a tenth of the memory; then its new proofs are refused and no old one is forgotten',
  async t => {
    const clock = makeClock()
    const dpop = makeDpop(clock, { replayCapacity: 30 })
    const first = await prove(clock)
    for (const proof of [first, await prove(clock), await prove(clock)]) t.equal(await check(dpop, proof), 'accepted')
    t.equal(await check(dpop, await prove(clock)), 'A0U_DPOP_BUSY')
    t.equal(await check(dpop, first), 'A0U_DPOP_REPLAYED')
    clock.advance(70)
    t.equal(await check(dpop, await prove(clock)), 'accepted', 'each window has room of its own')
    clock.advance(70)
    for (let n = 0; n < 3; n++) t.equal(await check(dpop, await prove(clock)), 'accepted')
    clock.advance(141)
    t.equal(await check(dpop, await prove(clock)), 'accepted', 'after a pause of two windows nothing is left')
  },
)

t.test('memory is bounded for all clients together', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock, { replayCapacity: 30 })
  for (const by of await Promise.all(Array.from({ length: 10 }, () => makeClient('ES256')))) {
    for (let n = 0; n < 3; n++) t.equal(await check(dpop, await prove(clock, {}, {}, by), by), 'accepted')
  }
  t.equal(await check(dpop, await prove(clock)), 'A0U_DPOP_BUSY', 'full')
  clock.advance(70)
  t.equal(await check(dpop, await prove(clock)), 'A0U_DPOP_BUSY', 'both generations count')
  clock.advance(70)
  t.equal(await check(dpop, await prove(clock)), 'accepted')
})

t.test('a pause of two windows empties the memory of all clients', async t => {
  const clock = makeClock()
  const dpop = makeDpop(clock, { replayCapacity: 1 })
  t.equal(await check(dpop, await prove(clock)), 'accepted')
  t.equal(await check(dpop, await prove(clock)), 'A0U_DPOP_BUSY')
  clock.advance(140)
  t.equal(await check(dpop, await prove(clock)), 'accepted')
})

t.test('without a shared cache nothing is asked and nothing complained about', async t => {
  const clock = makeClock()
  const { log, lines } = makeLog()
  t.equal(await check(makeDpop(clock, { log }), await prove(clock)), 'accepted')
  t.strictSame(lines, [])
})

t.test('processes tell each other of used proofs, and a store that fails refuses nobody', async t => {
  const clock = makeClock()
  const ids = new Set<string>()
  const replay: DpopReplay = {
    async add(key, ttl) {
      t.ok(/^[\w:-]{1,100}$/.test(key) && ttl === 70, 'a plain key and its time')
      const added = !ids.has(key)
      ids.add(key)
      return added
    },
  }
  const [one, two] = [makeDpop(clock, { replay }), makeDpop(clock, { replay })]
  const proof = await prove(clock)
  t.equal(await check(one, proof), 'accepted')
  t.equal(await check(two, proof), 'A0U_DPOP_REPLAYED')
  const { log, lines } = makeLog()
  let calls = 0
  const broken: DpopReplay = {
    add: async () => {
      calls++
      throw new Error('down')
    },
  }
  const alone = makeDpop(clock, { replay: broken, log })
  const fresh = await prove(clock)
  t.equal(await check(alone, fresh), 'accepted')
  t.equal(await check(alone, fresh), 'A0U_DPOP_REPLAYED', 'this process still knows')
  t.match(lines.join(''), /dpop_replay\.failed.*"message":"down"/)
  t.equal(await check(alone, await prove(clock)), 'accepted')
  t.equal(calls, 1, 'it is left alone for a while')
  clock.advance(6)
  t.equal(await check(alone, await prove(clock)), 'accepted')
  t.equal(calls, 2)
})

t.test('a store of proofs that gives no answer costs half a second, once', async t => {
  const clock = makeClock()
  const silent = makeDpop(clock, { replay: { add: () => new Promise(() => undefined) } })
  const alive = setInterval(() => undefined, 1000) // the plugin's own timers keep no process
  t.teardown(() => clearInterval(alive))
  const begun = performance.now()
  t.equal(await check(silent, await prove(clock)), 'accepted')
  for (let round = 0; round < 5; round++) t.equal(await check(silent, await prove(clock)), 'accepted')
  t.ok(performance.now() - begun < 2500, 'not once for each request')
})

t.test('Redis is asked by one atomic command', async t => {
  const commands: (readonly string[])[] = []
  const replay = redisReplay(async command => {
    commands.push(command)
    return commands.length === 1 ? 'OK' : null
  })
  t.strictSame([await replay.add('dpop:x', 70), await replay.add('dpop:x', 70)], [true, false])
  t.strictSame(commands[0], ['SET', 'fastify-auth0-users:dpop:x', '1', 'NX', 'EX', '70'])
})

t.test('of twenty uses of one proof in two processes at once, the database lets one through', async t => {
  const database = await testDatabase(t)
  const other = database.connect()
  const replays = [databaseReplay(database.db), databaseReplay(other.db)] as const
  const added = await Promise.all(Array.from({ length: 20 }, (_, n) => replays[n % 2 === 0 ? 0 : 1].add('dpop:x', 70)))
  t.equal(added.filter(Boolean).length, 1)
  await database.pool.query("update accounts_dpop_proof set expires_at = now() - interval '1 minute'")
  await databaseReplay(database.db).add('dpop:y', 70)
  const { rows } = await database.pool.query('select count(*)::int as n from accounts_dpop_proof')
  t.strictSame(rows, [{ n: 1 }], 'what is over is deleted')
})
