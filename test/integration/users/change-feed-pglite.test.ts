import t from 'tap'
import { pgliteChangeFeed } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'
import { pgliteDatabase } from '../../helpers/pglite.ts'
import type { TestDatabase } from '../../helpers/postgres.ts'

t.test('the change feed of PGlite', async t => {
  const { db, pglite } = await pgliteDatabase(t)
  const { app, bearer } = await build(t, {
    database: { db } as TestDatabase,
    plugin: { cache: { changes: pgliteChangeFeed(pglite) } },
    routes: app => app.get('/me', request => request.getUser()),
  })
  const authorization = await bearer({ sub: 'auth0|ann', email: 'ann@x.test' })
  const ask = () => app.inject({ url: '/me', headers: { authorization } })
  t.equal((await ask()).statusCode, 200)
  for (let turns = 0; app.auth0Users.caches().feed !== 'up' && turns < 1000; turns++) await pglite.query('select 1')
  t.equal(app.auth0Users.caches().feed, 'up')
  t.equal((await ask()).json().is_staff, false)
  await pglite.query('update accounts_user set is_staff = true')
  t.equal((await ask()).json().is_staff, true, 'a change is obeyed by the next request')
  await pglite.query('update accounts_user set is_active = false')
  t.equal((await ask()).statusCode, 403)
  await app.close()
  await pglite.query('update accounts_user set is_active = true')
  t.equal(app.auth0Users.caches().feed, 'down', 'and nothing is heard after the end')
})
