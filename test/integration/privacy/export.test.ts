import t from 'tap'
import { bindDatabases } from '#plugin/db/handle.js'
import { streamExport } from '#plugin/privacy/export.js'
import { privacyParts } from '#plugin/wiring/privacy.js'
import type { TestDatabase } from '../../helpers/postgres.ts'
import { accountApp, profilePath } from '../profile/account.ts'

const rows = 100_000

/** Waits until every connection went back to the pool; a test that waits in vain runs into its time limit. */
async function allIdle({ pool }: TestDatabase): Promise<void> {
  while (pool.idleCount !== pool.totalCount) await new Promise(resolve => setImmediate(resolve))
}

t.test('a hundred thousand audit entries are exported page by page, as of one moment', async t => {
  const built = await accountApp(t)
  const someone = await built.person('auth0|1')
  const { id } = (await someone.get()).body
  // Without the trigger that chains them, which is not what is tested here.
  const client = await built.database.pool.connect()
  await client.query('set session_replication_role = replica')
  await client.query(
    `insert into accounts_audit (user_id, action, fields, position, hash)
     select $1, 'profile.updated', array['profile_data.k' || n], n + 1, '' from generate_series(1, $2::int) n`,
    [id, rows],
  )
  await client.query('reset session_replication_role')
  client.release()
  const { authorization } = someone
  const response = await built.fetch(`${profilePath}export/`, { headers: { authorization } })
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), 'application/json')
  const pieces: Uint8Array[] = []
  for await (const piece of response.body ?? []) {
    if (pieces.length === 0) await someone.send('PUT', { profile_data: { later: true } })
    pieces.push(piece)
  }
  const document = JSON.parse(Buffer.concat(pieces).toString())
  t.equal(document.activity.length, rows + 1, 'what was written meanwhile is not in it')
  t.equal(new Set(document.activity.map((entry: { id: string }) => entry.id)).size, rows + 1)
  t.ok(pieces.length > 100, 'in many pieces')
  await allIdle(built.database)
})

t.test("a host's part may be a stream", async t => {
  const { person } = await accountApp(t, {
    privacy: {
      export: {
        orders: async function* () {
          yield { id: 1 }
          yield undefined
          yield 'two'
        },
        none: async function* () {},
      },
    },
  })
  const answer = await (await person('auth0|1')).get('export/')
  t.match(answer, { status: 200, body: { orders: [{ id: 1 }, null, 'two'], none: [], activity: [{}] } })
})

t.test('a failure before the first byte is an answer, one after it breaks the connection', async t => {
  let late = false
  const built = await accountApp(t, {
    privacy: {
      export: {
        early: async () => (late ? [] : { wrong: 1n }),
        long: async function* () {
          for (let n = 0; n < 5000; n++) yield { n, text: 'x'.repeat(100) }
          throw new Error('half way')
        },
      },
    },
  })
  const { authorization, get } = await built.person('auth0|1')
  t.match(await get('export/'), { status: 500, body: { code: 'A0U_HOOK_FAILED' } }, 'what JSON cannot hold')
  late = true
  const response = await built.fetch(`${profilePath}export/`, { headers: { authorization } })
  t.equal(response.status, 200)
  await t.rejects(response.text(), 'the client sees that it is not all')
  t.equal((await get()).status, 200, 'the app goes on')
  await allIdle(built.database)
})

t.test('a reader that goes away, or stops reading, gives the connection back', async t => {
  const { database } = await accountApp(t)
  let made = 0
  const endless = new Map([
    [
      'endless',
      async function* () {
        for (; ; made++) yield 'x'.repeat(1000)
      },
    ],
  ])
  const deps = { databases: bindDatabases(database.db), parts: privacyParts, exporters: endless, now: Date.now }
  const userId = '00000000-0000-4000-8000-000000000001'
  const left = await streamExport(userId, deps)
  left.once('data', () => left.destroy())
  await allIdle(database)
  t.ok(left.destroyed)

  made = 0
  const stalled = await streamExport(userId, { ...deps, maxStall: 0.05 })
  const ended = new Promise(resolve => stalled.once('error', resolve))
  t.match(await ended, { message: 'the export was not read' })
  t.ok(made < 200, 'no more is made than fits between the two')
  await allIdle(database)
})

t.test('HEAD says what GET would, without the document', async t => {
  const { app, person } = await accountApp(t)
  const { authorization } = await person('auth0|1')
  const answer = await app.inject({ method: 'HEAD', url: `${profilePath}export/`, headers: { authorization } })
  t.match(answer, { statusCode: 200, body: '' })
})
