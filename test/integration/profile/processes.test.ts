import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { bindDatabases } from '#plugin/db/handle.js'
import { anonymisePerson } from '#plugin/privacy/anonymise.js'
import { privacyParts } from '#plugin/wiring/privacy.js'
import { localIssuer } from '../../helpers/app.ts'
import { startAppProcess } from '../../helpers/app-process.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { profilePath } from './account.ts'

const processes = 4

async function fleet(t: Test) {
  const [database, issuer] = await Promise.all([testDatabase(t), localIssuer(t)])
  await sql`create table hook_run (user_id uuid)`.execute(database.db)
  const { domain, audience } = issuer
  const plugin = { profile: { maxKeys: 1000 }, cache: { ttl: 600 } }
  const settings = { url: database.url, domain, audience, feed: true, plugin }
  const apps = await Promise.all(Array.from({ length: processes }, () => startAppProcess(t, settings)))
  const origins = apps.map(app => app.origin)
  const person = async (sub: string) => {
    const headers = {
      authorization: `Bearer ${await issuer.token({ sub, email: `${sub}@x.test` })}`,
      'content-type': 'application/json',
    }
    const send = (n: number, path: string, init: RequestInit = {}) =>
      fetch((origins[n % processes] as string) + path, { headers, ...init })
    const everywhere = (path: string) => Promise.all(origins.map((_, n) => send(n, path)))
    return { send, everywhere }
  }
  return { database, person }
}

/** How long it takes until `condition` holds, in milliseconds. */
async function timeUntil(condition: () => Promise<boolean>): Promise<number> {
  const start = performance.now()
  while (!(await condition())) if (performance.now() - start > 20_000) throw new Error('it never held')
  return performance.now() - start
}

t.test('500 concurrent merges of different keys over 4 processes lose nothing', async t => {
  const { database, person } = await fleet(t)
  const { send } = await person('auth0|ann')
  t.equal((await send(0, profilePath)).status, 200)
  const statuses = await Promise.all(
    Array.from({ length: 500 }, async (_, n) => {
      const body = JSON.stringify({ profile_data: { [`key${n}`]: { n } } })
      return (await send(n, profilePath, { method: n % 2 === 0 ? 'PUT' : 'PATCH', body })).status
    }),
  )
  t.strictSame(new Set(statuses), new Set([200]))
  const { id, profile_data: stored } = (await (await send(1, profilePath)).json()) as {
    id: string
    profile_data: Record<string, unknown>
  }
  const keys = Object.entries(stored).filter(([key]) => key.startsWith('key'))
  t.strictSame(Object.fromEntries(keys), Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`key${n}`, { n }])))
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from accounts_audit where user_id = ${id} and action = 'profile.updated'`.execute(
    database.db,
  )
  t.equal(rows[0]?.n, 500, 'each of them with its entry in the trail')
  const broken = await sql`select from accounts_audit_check where not follows`.execute(database.db)
  t.equal(broken.rows.length, 0)
})

t.test('an erasure reaches the caches of 4 processes within a second', async t => {
  const { database, person } = await fleet(t)
  const { send, everywhere } = await person('auth0|ann')
  const body = JSON.stringify({ first_name: 'Ann', profile_data: { title: 'x' } })
  t.equal((await send(0, profilePath, { method: 'PUT', body })).status, 200)
  const { id } = (await (await send(0, '/me')).json()) as { id: string }
  const names = async () => {
    const answers = await everywhere('/me')
    return await Promise.all(answers.map(async answer => ((await answer.json()) as { first_name: string }).first_name))
  }
  t.strictSame(await names(), ['Ann', 'Ann', 'Ann', 'Ann'])
  t.equal((await send(0, profilePath, { method: 'DELETE' })).status, 204)
  const erased = await timeUntil(async () => (await names()).every(name => name === ''))
  t.ok(erased < 1000, `${erased} ms`)

  const deps = { databases: bindDatabases(database.db), parts: privacyParts, erasers: new Map() }
  t.equal(await anonymisePerson(id, { actorId: null, method: null, requestId: null }, deps), 'anonymised')
  const refused = await timeUntil(async () => (await everywhere('/me')).every(answer => answer.status === 403))
  t.ok(refused < 1000, `${refused} ms`)
  t.strictSame(
    new Set((await everywhere('/me')).map(answer => answer.status)),
    new Set([403]),
    'and none of them makes the person anew',
  )
})
