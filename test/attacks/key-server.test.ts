import t, { type Test } from 'tap'
import { localIssuer } from '../helpers/app.ts'
import { testDatabase } from '../helpers/postgres.ts'
import { type KeyServerCase, keyServerCases } from './cases/key-sets.ts'
import { freshPerson } from './support/craft.ts'
import { expectQuietLogs, remember } from './support/expected.ts'
import type { Answer } from './support/http.ts'
import { makeClock, startTarget, type Target } from './support/target.ts'
import { until } from './support/until.ts'

/** Seconds. Only the outages that keep silent take that long in real time. */
const jwks = { timeout: 0.3, ttl: 3600, refreshAhead: 0.8, cooldown: 30, maxStale: 86_400 }

const clock = makeClock()
const database = await testDatabase(t)
const issuer = await localIssuer(t, { now: clock.now })
const warm = await startTarget(t, { clock, database, issuer, plugin: { jwks } })
const logs: Target[] = [warm]

async function goodToken(): Promise<string> {
  const token = await issuer.token({ ...freshPerson(), exp: clock.now() / 1000 + 1e6 })
  remember(token)
  return token
}

async function breakServer({ outage, document }: KeyServerCase): Promise<void> {
  if (document !== undefined) issuer.serve(document(issuer))
  if (outage !== undefined) await issuer.outage(outage)
}

async function mendServer(): Promise<void> {
  issuer.serve(null)
  await issuer.outage('none')
}

/** A server that knows the key goes on, with tokens seen before and with new ones, and picks up again by itself. */
async function checkWarm(t: Test, given: KeyServerCase): Promise<void> {
  const seen = await goodToken()
  t.equal((await warm.bearer(seen)).status, 200, 'before')
  await breakServer(given)
  let failed = failures()
  for (const [when, seconds] of Object.entries({
    'due for a refresh': 2881,
    'past the ttl': 720,
    'hours later': 36_000,
  })) {
    clock.advance(seconds)
    failed = failures()
    t.equal((await warm.bearer(seen)).status, 200, `${when}: a token seen before`)
    t.equal((await warm.bearer(await goodToken())).status, 200, `${when}: a new token`)
  }
  // A fetch that hangs from before would keep the next one waiting for its timeout.
  if (given.cold === 503) await until(() => failures() > failed)
  await mendServer()
  clock.advance(31)
  t.equal((await warm.bearer(seen)).status, 200, 'the request that finds it mended')
  await until(() => (warm.app.auth0Users.keys()[0]?.age ?? 1e9) <= 31)
}

const failures = (): number => warm.logs.filter(line => line.includes('keys could not be fetched')).length

/** A server without any key says that it cannot tell, and when to come back; then one fetch is enough. */
async function checkCold(t: Test, given: KeyServerCase): Promise<void> {
  const cold = await startTarget(t, { clock, database, issuer, plugin: { jwks } })
  logs.push(cold)
  await breakServer(given)
  const token = await goodToken()
  const before = await cold.rows()
  const answers = await Promise.all(Array.from({ length: 5 }, () => cold.bearer(token)))
  if (given.cold === 200) {
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]), 'cold')
    return await mendServer()
  }
  for (const answer of answers) t.ok(isUnavailable(answer), `cold: ${answer.status} ${answer.code}`)
  t.equal(await cold.rows(), before, 'no row')
  await mendServer()
  const fetches = issuer.fetches
  clock.advance(Number(answers[0]?.headers['retry-after']))
  const after = await Promise.all(Array.from({ length: 20 }, () => cold.bearer(token)))
  t.strictSame(new Set(after.map(({ status }) => status)), new Set([200]), 'after Retry-After')
  t.equal(issuer.fetches - fetches, 1, 'with one fetch')
}

/** Nobody's credentials are at fault, so there is no challenge. */
function isUnavailable({ status, code, headers }: Answer): boolean {
  const wait = Number(headers['retry-after'])
  const isPolite = wait >= 1 && wait <= 30 && headers['www-authenticate'] === undefined
  return status === 503 && code === 'A0U_KEYS_UNAVAILABLE' && isPolite
}

t.test('there are at least 20 cases', async t => {
  t.ok(keyServerCases.length >= 20, `${keyServerCases.length} cases`)
})

for (const given of keyServerCases) {
  t.test(given.name, async t => {
    await checkWarm(t, given)
    await checkCold(t, given)
  })
}

t.test('no redirect was followed to another origin', async t => {
  t.equal(issuer.redirectsFollowed, 0)
})

t.test('nothing of the tokens and their claims was logged', async t => expectQuietLogs(t, logs))
