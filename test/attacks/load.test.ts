import { randomBytes } from 'node:crypto'
import t from 'tap'
import { localIssuer } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { expectQuietLogs, remember } from './support/expected.ts'
import type { Answer } from './support/http.ts'
import { makeClock, startTarget, type Target, type TargetOptions } from './support/target.ts'
import { until } from './support/until.ts'

/** All of them over TCP against a server that listens, with a key server that counts. Time is the tests' own. */

const database = await testDatabase(t)
const targets: Target[] = []

async function start(t: Parameters<typeof startTarget>[0], options: TargetOptions = {}): Promise<Target> {
  const clock = makeClock()
  const issuer = await localIssuer(t, { now: clock.now })
  const target = await startTarget(t, { clock, issuer, database, ...options })
  targets.push(target)
  return target
}

/** Tokens of people `0` to `count - 1`, good for a year. */
async function tokensOf({ issuer, clock }: Target, count: number): Promise<string[]> {
  const exp = clock.now() / 1000 + 31_536_000
  const subjects = Array.from({ length: count }, (_, index) => `auth0|worker-${index}`)
  return await Promise.all(subjects.map(sub => issuer.token({ sub, exp, given_name: 'Localname' })))
}

/** Tokens as an attacker makes them: each with a new random `kid`, and a signature of nobody. */
async function forger({ issuer }: Target): Promise<(count: number) => string[]> {
  const [, payload] = (await issuer.token()).split('.')
  const signature = randomBytes(256).toString('base64url')
  return count =>
    Array.from({ length: count }, () => {
      const header = JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: randomBytes(16).toString('hex') })
      return `${Buffer.from(header).toString('base64url')}.${payload}.${signature}`
    })
}

async function askAll(target: Target, tokens: readonly string[]): Promise<Answer[]> {
  return await Promise.all(tokens.map(token => target.bearer(token)))
}

/** How often each code came; `200` for an acceptance. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of answers) counts[code ?? status] = (counts[code ?? status] ?? 0) + 1
  return counts
}

t.test('a thousand concurrent cold requests cause one fetch and one row a person', async t => {
  const target = await start(t)
  const people = await tokensOf(target, 50)
  const release = target.issuer.hold()
  const asked = askAll(target, Array.from({ length: 20 }, () => people).flat())
  await until(() => target.logs.filter(line => line.includes('incoming request')).length === 1000)
  release()
  t.strictSame(tally(await asked), { 200: 1000 })
  t.equal(target.issuer.fetches, 1)
  const { rows } = await database.pool.query(
    "select count(*)::int from accounts_user where auth0_id like 'auth0|worker-%'",
  )
  t.strictSame(rows, [{ count: 50 }])
})

t.test('ten thousand random kids in a minute while a hundred people work: two fetches, nobody refused', async t => {
  const target = await start(t)
  const people = await tokensOf(target, 100)
  t.strictSame(tally(await askAll(target, people)), { 200: 100 })
  const [forge, before] = [await forger(target), target.issuer.fetches]
  const good: Answer[] = []
  const bad: Answer[] = []
  for (let step = 0; step < 100; step++) {
    const [forged, worked] = await Promise.all([
      askAll(target, forge(100)),
      askAll(target, people.slice((step % 5) * 20, (step % 5) * 20 + 20)),
    ])
    bad.push(...forged)
    good.push(...worked)
    target.clock.advance(0.6)
  }
  t.strictSame(tally(good), { 200: 2000 })
  t.strictSame(tally(bad), { A0U_TOKEN_KEY_UNKNOWN: 10_000 })
  t.ok(target.issuer.fetches - before <= 2, `${target.issuer.fetches - before} fetches`)
  t.strictSame(tally(await askAll(target, await tokensOf(target, 1))), { 200: 1 })
})

t.test('nobody with a known key waits while a fetch for a random kid hangs', async t => {
  const target = await start(t)
  const people = await tokensOf(target, 20)
  await askAll(target, people.slice(0, 10))
  const forge = await forger(target)
  const [before, release] = [target.issuer.fetches, target.issuer.hold()]
  let answered = 0
  const forged = forge(50).map(async token => {
    const answer = await target.bearer(token)
    answered += 1
    return answer
  })
  await until(() => target.issuer.fetches > before)
  t.strictSame(tally(await askAll(target, people)), { 200: 20 }, 'tokens seen before and new ones')
  t.equal(answered, 0, 'meanwhile the fetch still hung')
  release()
  t.strictSame(tally(await Promise.all(forged)), { A0U_TOKEN_KEY_UNKNOWN: 50 })
})

t.test('a rotation under load and random kids is picked up within one cooldown; the old key goes on', async t => {
  const target = await start(t)
  const people = await tokensOf(target, 50)
  await askAll(target, people)
  const forge = await forger(target)
  const old: Answer[] = []
  const step = async (): Promise<void> => {
    await askAll(target, forge(50))
    old.push(...(await askAll(target, people.slice(0, 10))))
    target.clock.advance(1)
  }
  for (let second = 0; second < 10; second++) await step()
  await target.issuer.rotate()
  const rotatedAt = target.clock.now()
  const [token = ''] = await tokensOf(target, 1)
  while ((await target.bearer(token)).status !== 200 && target.clock.now() - rotatedAt < 120_000) await step()
  const seconds = (target.clock.now() - rotatedAt) / 1000
  t.ok(seconds <= 30, `picked up after ${seconds} s`)
  for (let second = 0; second < 10; second++) {
    await step()
    t.equal((await target.bearer(token)).status, 200, 'and never lost again')
  }
  t.strictSame(Object.keys(tally(old)), ['200'], 'nobody with the old key was refused')
})

t.test('a total outage is unnoticed up to maxStale, then 503; recovery takes one fetch', async t => {
  const target = await start(t, { plugin: { jwks: { maxStale: 7200 } } })
  const people = await tokensOf(target, 100)
  await askAll(target, people)
  await target.issuer.outage('refuse')
  for (const seconds of [3000, 3000, 3000]) {
    target.clock.advance(seconds)
    t.strictSame(tally(await askAll(target, people)), { 200: 100 })
  }
  target.clock.advance(1800)
  const rowsBefore = await target.rows()
  const refused = await askAll(target, people)
  t.strictSame(tally(refused), { A0U_KEYS_UNAVAILABLE: 100 })
  for (const { status, headers } of refused) {
    t.match(
      { status, headers },
      { status: 503, headers: { 'retry-after': /^[1-9]\d*$/, 'www-authenticate': undefined } },
    )
  }
  t.equal(await target.rows(), rowsBefore)
  await target.issuer.outage('none')
  const before = target.issuer.fetches
  const wait = Math.max(...refused.map(({ headers }) => Number(headers['retry-after'])))
  t.ok(wait <= 30, `back after ${wait} s`)
  target.clock.advance(wait)
  t.strictSame(tally(await askAll(target, Array.from({ length: 5 }, () => people).flat())), { 200: 500 })
  t.equal(target.issuer.fetches - before, 1)
})

t.test('a thousand concurrent cold requests against a dead key server cause one attempt', async t => {
  const target = await start(t)
  await target.issuer.outage('status-500')
  const [token = ''] = await tokensOf(target, 1)
  remember(token)
  t.strictSame(
    tally(
      await askAll(
        target,
        Array.from({ length: 1000 }, () => token),
      ),
    ),
    { A0U_KEYS_UNAVAILABLE: 1000 },
  )
  t.equal(target.issuer.fetches, 1)
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, targets))
