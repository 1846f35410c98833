import t, { type Test } from 'tap'
import { testDatabase } from '../helpers/postgres.ts'
import { createOAuthClient } from './oauth-client.ts'
import { type RunningApp, runToEnd, startApp } from './running-app.ts'

// Some ten processes are started here; a busy machine takes its time.
t.setTimeout(240_000)

const secret = 'a shared secret of the test house, 32 bytes or more'

/** Asks without a pause until it is told to stop; answers what was not 200. */
function askAllTheTime({ request, token }: RunningApp): { stop(): Promise<{ asked: number; failed: unknown[] }> } {
  let stopped = false
  let asked = 0
  const failed: unknown[] = []
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const outcome = await request('/api/v1/me', { token }).then(
        async answer => [answer.status, await answer.text()],
        (error: Error) => [error.cause],
      )
      asked += 1
      if (outcome[0] !== 200) failed.push(outcome)
    }
  }
  const loops = [loop(), loop(), loop()]
  return {
    async stop() {
      stopped = true
      await Promise.all(loops)
      return { asked, failed }
    },
  }
}

function listening(app: RunningApp): number[] {
  const lines = app
    .output()
    .split('\n')
    .filter(line => line.includes('Server listening'))
  return lines.map(line => (JSON.parse(line) as { pid: number }).pid)
}

async function untilListening(t: Test, app: RunningApp, count: number): Promise<number[]> {
  for (let waited = 0; listening(app).length < count && waited < 1200; waited += 1) await tick()
  t.equal(listening(app).length, count, `${count} workers have begun to serve`)
  return listening(app)
}

const tick = (): Promise<void> => new Promise(done => setTimeout(done, 50))

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await tick()
  }
}

t.test('several processes serve behind one port, and are replaced without a failed request', async t => {
  const { url: DATABASE_URL } = await testDatabase(t, { empty: true })
  const app = await startApp(t, { DATABASE_URL, TEST_JWT_KEY: secret, WORKERS: '2', LOG_LEVEL: 'info' })
  const first = await untilListening(t, app, 2)
  const load = askAllTheTime(app)

  app.signal('SIGHUP')
  const second = (await untilListening(t, app, 4)).slice(2)
  for (const pid of first) await untilGone(pid)

  process.kill(second[0] ?? 0, 'SIGTERM')
  await untilListening(t, app, 5)
  await untilGone(second[0] ?? 0)
  const { asked, failed } = await load.stop()
  t.ok(asked > 20, `${asked} requests`)
  t.strictSame(failed, [])

  process.kill(second[1] ?? 0, 'SIGKILL')
  const third = await untilListening(t, app, 6)
  t.equal((await app.request('/healthz')).status, 200)
  t.match(app.output(), 'a worker has died, and is replaced')

  const port = new URL(app.url).port
  const other = await runToEnd(t, { DATABASE_URL, TEST_JWT_KEY: secret, WORKERS: '2', PORT: port })
  t.equal(other.code, 1)
  t.match(other.stderr, `Port ${port} on 127.0.0.1 is in use.`)
  t.notMatch(other.stderr, /\n +at /, 'advice and no stack')

  t.match(await app.stop('SIGTERM'), { code: 0, stderr: '' })
  for (const pid of third) await untilGone(pid)
})

t.test('the stand-in tells the workers who has signed out', async t => {
  const { url: DATABASE_URL, pool } = await testDatabase(t, { empty: true })
  const app = await startApp(t, { DATABASE_URL, DATA_DIR: t.testdir({}), WORKERS: '2' })
  const issuer = /stand-in at (\S+)/.exec(app.stdout)?.[1] ?? ''
  const client = createOAuthClient(issuer)
  const { code, cookie: atProvider } = await client.signIn('clerk@example.test')
  const { access_token: token } = (await (await client.redeem(code)).json()) as { access_token: string }
  t.equal((await app.request('/api/v1/me', { token })).status, 200)
  await pool.query(`update accounts_user set is_staff = true where email = 'clerk@example.test'`)

  const sessions = async (): Promise<number> => (await pool.query('select from accounts_session')).rowCount ?? 0
  // The workers hear of the promotion by the change feed.
  for (let waited = 0; (await sessions()) === 0 && waited < 200; waited += 1) {
    await app.request('/api/v1/accounts/session/', { method: 'POST', token })
    await tick()
  }
  t.equal(await sessions(), 1)
  await client.get(`${issuer}v2/logout`, { cookie: atProvider })
  for (let waited = 0; (await sessions()) > 0 && waited < 400; waited += 1) await tick()
  t.equal(await sessions(), 0, 'the session here is over as well')
})

t.test('the background work is done by one of them, and none outlives the first process', async t => {
  const { url: DATABASE_URL, pool } = await testDatabase(t, { empty: true })
  const app = await startApp(t, { DATABASE_URL, TEST_JWT_KEY: secret, WORKERS: '2', LOG_LEVEL: 'info' })
  const workers = await untilListening(t, app, 2)
  t.equal((await app.profile('GET')).status, 200)
  const messages = async (): Promise<unknown[]> => (await pool.query('select kind from outbox_message')).rows
  for (let waited = 0; (await messages()).length === 0 && waited < 400; waited += 1) await tick()
  t.strictSame(await messages(), [{ kind: 'welcome' }])
  t.match(await app.stop('SIGKILL'), { code: null })
  for (const pid of workers) await untilGone(pid)
})
