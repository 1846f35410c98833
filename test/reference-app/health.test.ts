import t from 'tap'
import { healthRoutes } from '#app/routes/health.routes.js'
import { build, localIssuer } from '../helpers/app.ts'
import { ownServer } from '../helpers/own-server.ts'

t.test('/readyz fails when requests would and only then; /healthz never does', async t => {
  let time = Date.now()
  const server = await ownServer(t)
  const issuer = await localIssuer(t, { now: () => time })
  const { app, bearer } = await build(t, {
    issuer,
    database: server.database,
    plugin: { now: () => time },
    routes: app => {
      app.get('/hello', () => 'hello')
      return app.register(healthRoutes)
    },
  })
  const status = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode
  const states = async () => {
    const authorization = await bearer({ sub: 'auth0|ada', exp: Math.floor(time / 1000) + 86_400, jti: `${time}` })
    return [await status('/healthz'), await status('/readyz'), await status('/hello', { authorization })]
  }
  t.strictSame(await states(), [200, 200, 200])

  await issuer.outage('refuse')
  time += 3_700_000
  t.strictSame(await states(), [200, 200, 200], 'stale keys still answer')
  time += 86_400_000
  t.strictSame(await states(), [200, 503, 503], 'no key is left')
  await issuer.outage('none')
  time += 10_000
  t.strictSame(await states(), [200, 200, 200])

  await server.stop()
  time += 10_000
  t.strictSame(await states(), [200, 503, 503], 'the database is stopped')
  await server.start()
  t.strictSame(await states(), [200, 200, 200])

  const ready = await app.inject('/readyz')
  t.strictSame(ready.json(), { status: 'ready' }, 'the public is told nothing more')
  t.equal(ready.headers['cache-control'], 'no-store')
})
