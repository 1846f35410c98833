import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import t from 'tap'
import { migrate } from '#plugin/db/migrate.js'
import { build } from '../../helpers/app.ts'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

/* Databases that earlier versions made, with rows in every table, brought up to date. */

const fixtures = join(import.meta.dirname, '../../fixtures/upgrade')

/** Written by the migrator itself. */
const ownTables = ['accounts_migration', 'accounts_migration_lock']

for (const version of ['0.1']) {
  t.test(`a database of version ${version} keeps every row`, async t => {
    const { db, pool } = await restore(t, version)
    const columns = await columnsOf(db)
    t.ok(columns.size >= 15, 'the fixture holds the tables')
    const before = await rowsOf(db, columns)
    for (const [table, rows] of before) t.not(rows.length, 0, `${table} has rows`)
    await migrate(db)
    t.strictSame(await rowsOf(db, columns), before)
    t.strictSame(await migrate(db), [], 'a second run does nothing')
    const { rows } = await pool.query('select count(*)::int as n from accounts_audit_check where follows is not true')
    t.strictSame(rows, [{ n: 0 }], 'the audit log still verifies')
  })

  t.test(`the users of version ${version} sign in afterwards`, async t => {
    const database = await restore(t, version)
    await migrate(database.db)
    const { app, bearer } = await build(t, { database, routes: app => app.get('/me', request => request.getUser()) })
    const me = async (sub: string) =>
      app.inject({ url: '/me', headers: { authorization: await bearer({ sub, email: undefined }) } })
    const known = await me('auth0|ann')
    t.equal(known.statusCode, 200)
    t.match(known.json(), { email: 'Ann@example.test', is_superuser: true, profile_data: { phone: '+43 1 000' } })
    t.equal((await me('github|ann')).json().id, known.json().id, 'a linked identity')
    t.equal((await me('auth0|c|d')).statusCode, 403, 'an inactive user')
    t.equal((await me('auth0|gone')).statusCode, 403, 'an erased identity')
    t.equal((await me('auth0|new')).statusCode, 200)
  })
}

async function restore(t: Parameters<typeof testDatabase>[0], version: string): Promise<TestDatabase> {
  const database = await testDatabase(t, { empty: true })
  await database.pool.query(readFileSync(join(fixtures, `${version}.sql`), 'utf8'))
  return database
}

async function columnsOf<DB>(db: Kysely<DB>): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ table: string; columns: string[] }>`
    select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    group by 1 order by 1`.execute(db)
  return new Map(rows.filter(({ table }) => !ownTables.includes(table)).map(row => [row.table, row.columns]))
}

/** Every row as text, in the columns that were there. */
async function rowsOf<DB>(db: Kysely<DB>, tables: Map<string, string[]>): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const [table, columns] of tables) {
    const list = sql.join(columns.map(column => sql`${sql.id(column)}::text`))
    const { rows } = await sql<{ row: string }>`
      select array[${list}]::text as row from ${sql.table(table)} order by 1`.execute(db)
    found.set(
      table,
      rows.map(({ row }) => row),
    )
  }
  return found
}
