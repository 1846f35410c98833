// `app.auth0Users.transaction` with the policies that the command prints: a query without a `where` sees one organization.
import { Kysely as Handle, type Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { build } from '../../helpers/app.ts'
import { adminQuery, type TestDatabase, testDatabase } from '../../helpers/postgres.ts'
import { command } from '../cli/command.ts'

/** The table `orders` with two rows of each organization, and a handle of a role that owns nothing but it. */
async function prepare(t: Parameters<typeof build>[0], database: TestDatabase): Promise<Kysely<Auth0UsersTables>> {
  const role = `app_${process.pid}`
  await adminQuery(`create role ${role} login password 'secret' nosuperuser nobypassrls`)
  await database.pool.query('create table orders (id serial primary key, organization_id uuid not null)')
  await database.pool.query(`grant all on all tables in schema public to ${role}`)
  await database.pool.query(`grant all on all sequences in schema public to ${role}`)
  await database.pool.query(`alter table orders owner to ${role}`)
  const url = new URL(database.url)
  Object.assign(url, { username: role, password: 'secret' })
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  const db = new Handle<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(async () => {
    await db.destroy()
    await database.drop()
    await adminQuery(`drop role ${role}`)
  })
  return db
}

t.test('a query without a where returns the rows of one organization', async t => {
  const database = await testDatabase(t)
  const db = await prepare(t, database)
  const env = { DATABASE_URL: database.url }
  const before = await command(['doctor', '--json'], { env })
  t.match(rowSecurity(before.json), { status: 'warning', message: /public\.orders/ })
  const printed = await command(['policies', '--table', 'orders', '--column', 'organization_id', '--sql'])
  t.equal(printed.code, 0)
  t.match(printed.stdout, "(select nullif(current_setting('app.organization_id', true), '')::uuid)")
  await database.pool.query(printed.stdout)
  t.match(rowSecurity((await command(['doctor', '--json'], { env })).json), {
    status: 'warning',
    message: /do not hold for/,
  })

  const built = await build(t, { database, plugin: { db, organizations: {} } })
  const { organizations, transaction } = built.app.auth0Users
  const acme = await organizations.create({ name: 'acme', auth0Id: 'org_Acme1' })
  const globex = await organizations.create({ name: 'globex', auth0Id: 'org_Globex1' })
  for (const { id } of [acme, acme, globex]) {
    await database.pool.query('insert into orders (organization_id) values ($1)', [id])
  }
  const seen = (organizationId: string | null): Promise<string[]> =>
    transaction({ userId: null, organizationId, actor: 'a job' }, async trx => {
      const { rows } = await sql<{ organization_id: string }>`select organization_id from orders`.execute(trx)
      return rows.map(row => row.organization_id)
    })
  t.strictSame(await seen(acme.id), [acme.id, acme.id])
  t.strictSame(await seen(globex.id), [globex.id])
  t.strictSame(await seen(null), [])
  const { rows } = await sql<{ left: string }>`select current_setting('app.organization_id', true) as left`.execute(db)
  t.equal(rows[0]?.left, '', 'nothing stays on the connection, which is the only one of its pool')
  t.strictSame((await sql`select * from orders`.execute(db)).rows, [], 'outside of such a transaction there are none')
  await t.rejects(
    transaction({ userId: null, organizationId: acme.id }, trx =>
      sql`insert into orders (organization_id) values (${globex.id})`.execute(trx),
    ),
    { code: '42501' },
    'a row of another organization is not written',
  )
  await transaction({ userId: null, organizationId: acme.id }, trx => sql`delete from orders`.execute(trx))
  t.equal((await database.pool.query('select from orders')).rowCount, 1, 'those of the other stay')
})

t.test('the command prints a migration, and refuses what is not a name', async t => {
  const { stdout } = await command(['policies', '--table', 'orders', 'shop.items', '--column', 'organization_id'])
  t.match(stdout, 'await sql`alter table "shop"."items" force row level security`.execute(db)')
  t.match(stdout, 'drop policy organization_rows on "orders"')
  for (const args of [
    ['--table', 'a"b', '--column', 'organization_id'],
    ['--table', 'orders', '--column', 'x y'],
  ]) {
    t.equal((await command(['policies', ...args])).code, 2)
  }
})

interface Checked {
  readonly checks: readonly { name: string; status: string; message: string }[]
}

function rowSecurity({ checks }: Checked): { name: string; status: string; message: string } | undefined {
  return checks.find(({ name }) => name === 'row security')
}
