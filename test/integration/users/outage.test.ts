import t from 'tap'
import { build, localIssuer } from '../../helpers/app.ts'
import { startAppProcess } from '../../helpers/app-process.ts'
import { ownServer } from '../../helpers/own-server.ts'

const ann = { sub: 'auth0|ann', email: 'ann@x.test' }
const profile = '/api/v1/accounts/users/profile/'

t.test('a database that goes away and comes back', async t => {
  const server = await ownServer(t)
  let clock = Date.now()
  const { app, bearer } = await build(t, {
    database: server.database,
    plugin: { now: () => clock },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const known = await bearer(ann)
  const stranger = await bearer({ sub: 'auth0|bee', email: 'bee@x.test' })
  const get = (authorization: string, url = '/me') => app.inject({ url, headers: { authorization } })
  t.equal((await get(known)).statusCode, 200)

  await server.stop()
  t.equal((await get(known)).statusCode, 200, 'a person in memory is answered for the TTL')
  for (const answer of [await get(stranger), await get(known, profile)]) {
    t.match(answer.json(), { statusCode: 503, code: 'A0U_DATABASE_UNAVAILABLE' })
    t.match(answer.headers['retry-after'], /^\d+$/)
    t.notMatch(answer.body, /ECONN|127\.0\.0\.1/, 'and nothing of the inside is told')
  }
  clock += 6000
  t.equal((await get(known)).statusCode, 503, 'after the TTL nobody is taken on trust')

  await server.start()
  t.equal((await get(known)).statusCode, 200)
  t.equal((await get(stranger)).statusCode, 200)
  t.equal((await get(known, profile)).statusCode, 200)
})

t.test('a process under load meets an outage with 503 alone, and ends cleanly in the middle of one', async t => {
  const server = await ownServer(t)
  const { url } = server
  const issuer = await localIssuer(t)
  const { domain, audience } = issuer
  const plugin = { cache: { ttl: 0 } }
  const app = await startAppProcess(t, { url, domain, audience, afterCreate: false, plugin })

  const headers = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => ({
      authorization: `Bearer ${await issuer.token({ sub: `auth0|p${n}` })}`,
    })),
  )
  /** One request of each person, answered or not within ten seconds. */
  const round = () =>
    Promise.all(
      headers.map(async of => {
        const answer = await fetch(`${app.origin}/me`, { headers: of, signal: AbortSignal.timeout(10_000) })
        await answer.arrayBuffer()
        return answer
      }),
    )
  const statuses = (answers: readonly Response[]) => new Set(answers.map(({ status }) => status))
  t.strictSame(statuses(await round()), new Set([200]))

  const during = round()
  await server.stop()
  for (const status of statuses(await during)) t.ok([200, 503].includes(status), `while it stops: ${status}`)
  const down = await round()
  t.strictSame(statuses(down), new Set([503]))
  t.ok(down.every(answer => answer.headers.has('retry-after')))

  await server.start()
  t.strictSame(statuses(await round()), new Set([200]), 'no restart is needed')
  await server.stop()
  const last = round()
  t.equal(await app.stop(), 0)
  await last.catch(() => undefined) // answered or cut by the end of the process, either is fine
})

t.test('an app starts while its database and its key server are away, and serves as soon as they are back', async t => {
  const issuer = await localIssuer(t)
  await issuer.outage('refuse')
  let clock = Date.now()
  const { app, bearer } = await build(t, {
    issuer,
    plugin: { now: () => clock },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const authorization = await bearer(ann)
  const get = () => app.inject({ url: '/me', headers: { authorization } })
  const refused = await get()
  t.match(refused.json(), { statusCode: 503, code: 'A0U_KEYS_UNAVAILABLE' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  await issuer.outage('none')
  clock += 60_000
  t.equal((await get()).statusCode, 200)
})
