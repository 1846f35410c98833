import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { localIssuer } from '../../helpers/app.ts'
import { startAppProcess } from '../../helpers/app-process.ts'
import { testDatabase } from '../../helpers/postgres.ts'

const profilePath = '/api/v1/accounts/users/profile/'

async function fleet(test: Test, size: number) {
  const [database, issuer] = await Promise.all([testDatabase(test), localIssuer(test)])
  await sql`create table hook_run (user_id uuid)`.execute(database.db)
  const { url } = database
  const { domain, audience } = issuer
  const apps = await Promise.all(Array.from({ length: size }, () => startAppProcess(test, { url, domain, audience })))
  const origin = (n: number) => (apps[n % size] as (typeof apps)[number]).origin
  return { database, issuer, apps, origin }
}

t.test('concurrent first requests of one person at two processes make one row and run afterCreate once', async t => {
  const { database, issuer, origin } = await fleet(t, 2)
  const authorization = `Bearer ${await issuer.token({ sub: 'auth0|ann', email: 'ann@x.test' })}`
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, n) => fetch(`${origin(n)}/me`, { headers: { authorization } })),
  )
  t.strictSame(new Set(answers.map(answer => answer.status)), new Set([200]))
  const ids = await Promise.all(answers.map(async answer => ((await answer.json()) as { id: string }).id))
  t.equal(new Set(ids).size, 1)
  for (const table of ['accounts_user', 'hook_run', 'accounts_audit']) {
    const { rows } = await sql<{ n: number }>`select count(*)::int n from ${sql.table(table)}`.execute(database.db)
    t.equal(rows[0]?.n, 1, table)
  }
})

t.test('200 concurrent PUTs of 200 different keys at two processes leave 200 keys', async t => {
  const { issuer, origin, apps } = await fleet(t, 2)
  const authorization = `Bearer ${await issuer.token({ sub: 'auth0|ann', email: 'ann@x.test' })}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      fetch(origin(n) + profilePath, {
        ...{ method: 'PUT', headers },
        body: JSON.stringify({ profile_data: { [`key${n}`]: n } }),
      }),
    ),
  )
  t.strictSame(new Set(answers.map(answer => answer.status)), new Set([200]))
  const profile = (await (await fetch(origin(0) + profilePath, { headers })).json()) as { profile_data: object }
  t.equal(Object.keys(profile.profile_data).length, 200)
  t.strictSame(await Promise.all(apps.map(app => app.stop())), [0, 0], 'and both processes end cleanly')
})
