import { setImmediate as nextTurn } from 'node:timers/promises'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { bindDatabases } from '#plugin/db/handle.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { createUserLoader } from '#plugin/users/memory/loader.js'
import { testDatabase } from '../../helpers/postgres.ts'

async function loaderOf(test: Parameters<typeof testDatabase>[0]) {
  const { pool, url } = await testDatabase(test)
  await pool.query(`
    insert into accounts_user (auth0_id, username) select 'auth0|' || n, 'u' || n from generate_series(1, 2000) n;
    insert into accounts_identity (auth0_id, user_id) select 'github|1', id from accounts_user where auth0_id = 'auth0|1'`)
  const asked: number[] = []
  const own = new pg.Pool({ connectionString: url, max: 10 })
  own.on('error', () => {}) // the server goes first at the end
  test.teardown(() => own.end())
  const db = new Kysely<Auth0UsersTables>({
    dialect: new PostgresDialect({ pool: own }),
    log: ({ query }) => void asked.push((query.parameters[0] as string[]).length),
  })
  return { pool, asked, load: createUserLoader(bindDatabases(db).primary).load }
}

t.test('what is asked in one turn is one query, each identity once, answered to whoever asked for it', async t => {
  const { load, asked } = await loaderOf(t)
  const wanted = ['auth0|1', 'github|1', 'auth0|2', 'auth0|1', 'auth0|nobody']
  const found = await Promise.all(wanted.map(load))
  t.strictSame(
    found.map(row => row?.auth0_id),
    ['auth0|1', 'auth0|1', 'auth0|2', 'auth0|1', undefined],
  )
  t.strictSame(asked, [4])
  await Promise.all(Array.from({ length: 1200 }, (_, n) => load(`auth0|${n + 1}`)))
  t.strictSame(asked.slice(1).sort(), [200, 500, 500], 'and no query has more than 500 of them')
})

t.test('while four queries run, what comes in later turns waits and goes together', async t => {
  const { pool, load, asked } = await loaderOf(t)
  const blocker = await pool.connect()
  await blocker.query('begin; lock table accounts_user in access exclusive mode')
  const loads: ReturnType<typeof load>[] = []
  for (let n = 1; n <= 10; n++) {
    loads.push(load(`auth0|${n}`))
    await nextTurn()
  }
  await blocker.query('commit')
  blocker.release()
  const found = await Promise.all(loads)
  t.strictSame(
    found.map(row => row?.username),
    Array.from({ length: 10 }, (_, n) => `u${n + 1}`),
  )
  t.strictSame(asked.sort(), [1, 1, 1, 1, 6])
})

t.test('a query that fails fails those who asked by it, and the next ones are asked again', async t => {
  const { pool, load } = await loaderOf(t)
  await pool.query('alter table accounts_identity rename to gone')
  const failed = await Promise.allSettled([load('auth0|1'), load('auth0|2')])
  t.strictSame(
    failed.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await pool.query('alter table gone rename to accounts_identity')
  t.equal((await load('auth0|1'))?.username, 'u1')
})
