import { type CompiledQuery, Kysely, type MigrationProvider, Migrator, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { migrate, migrations } from '#plugin/db/migrations/index.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { selectByIdentities } from '#plugin/users/memory/by-identity.repository.js'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

const djangoTable = `
  create table accounts_user (
    id uuid primary key, auth0_id varchar(255) unique, email varchar(255) unique,
    first_name varchar(150), last_name varchar(150), profile_data jsonb default '{}',
    created_at timestamp, updated_at timestamp
  )`

/** In the order in which they run. */
const all = Object.keys(await migrations().getMigrations()).sort()

t.test('an empty database gets every table once, however many processes ask at once', async t => {
  const { url } = await testDatabase(t, { empty: true })
  const handles = Array.from({ length: 8 }, () => openHandle(url))
  t.teardown(() => Promise.all(handles.map(db => db.destroy())))
  const ran = await Promise.all(handles.map(db => migrate(db)))
  t.strictSame(ran.flat().sort(), all)
  t.strictSame(await migrate(handles[0] as Kysely<Auth0UsersTables>), [], 'a second run does nothing')
})

t.test("the Django system's table is adopted with every row it holds", async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  await pool.query(djangoTable)
  await pool.query(`
    insert into accounts_user values
      ('00000000-0000-4000-8000-000000000001', 'auth0|a|b', 'a@x.test', 'Ann', null, null, '2020-01-01 10:00', null),
      ('00000000-0000-4000-8000-000000000002', 'auth0|a.b', null, null, 'Bee', '{"phone":"1"}', '2021-01-01 10:00', '2022-01-01 10:00'),
      ('00000000-0000-4000-8000-000000000003', null, null, null, null, '{}', null, null)`)
  await migrate(db)
  const rows = await db.selectFrom('accounts_user').selectAll().orderBy('id').execute()
  t.equal(rows.length, 3)
  t.match(rows[0], { username: 'auth0.a.b', first_name: 'Ann', last_name: '', profile_data: {}, is_active: true })
  t.equal(rows[0]?.created_at.toISOString(), '2020-01-01T10:00:00.000Z', 'timestamps without a zone were UTC')
  t.match(rows[1], { profile_data: { phone: '1' }, email: null })
  t.match(rows[1]?.username, /^auth0\.a\.b~[0-9a-f]{10}$/, 'the younger of two colliding names is told apart')
  t.equal(rows[2]?.username, null)
})

t.test('adoption keeps working beside a Django that still inserts by its own columns', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  await pool.query(djangoTable)
  await migrate(db)
  await pool.query(`
    insert into accounts_user (id, auth0_id, email, first_name, last_name, profile_data, created_at, updated_at)
    values (gen_random_uuid(), 'auth0|late', 'late@x.test', null, null, '{}', now(), now())`)
  t.match(await db.selectFrom('accounts_user').selectAll().execute(), [{ auth0_id: 'auth0|late', is_active: true }])
})

t.test('a table that does not fit is refused with a sentence that says why, and is left as it was', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  await pool.query('create table accounts_user (id bigint primary key, auth0_id text)')
  await t.rejects(migrate(db), {
    code: 'A0U_MIGRATION_REFUSED',
    message: /accounts_user\.id: must be uuid, but is bigint/,
  })
  const { rows } = await pool.query(
    `select count(*)::int n from information_schema.columns where table_name = 'accounts_user'`,
  )
  t.strictSame(rows, [{ n: 2 }])
})

t.test('values that should be unique and are not are named before anything is changed', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  await pool.query(djangoTable.replace('auth0_id varchar(255) unique', 'auth0_id varchar(255)'))
  await pool.query(
    `insert into accounts_user (id, auth0_id) select gen_random_uuid(), 'auth0|twice' from generate_series(1, 2)`,
  )
  await t.rejects(migrate(db), {
    code: 'A0U_MIGRATION_REFUSED',
    message: /accounts_user\.auth0_id: must be unique, but 1 values/,
  })
})

t.test('a database of a newer version is refused', async t => {
  const { db } = await testDatabase(t)
  await sql`create table if not exists accounts_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
    db,
  )
  await migrate(db)
  await sql`insert into accounts_migration values ('accounts_9999_future', '2099-01-01')`.execute(db)
  await t.rejects(migrate(db), { code: 'A0U_MIGRATION_REFUSED', message: /newer version/ })
})

t.test('the tables can live in another schema under another prefix', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  const tables = { schema: 'people', prefix: 'acc_' }
  t.strictSame(await migrate(db, tables), all)
  t.strictSame(await migrate(db, tables), [])
  const usual = await testDatabase(t)
  const count = (schema: string, like: string): string => `
    select count(*)::int n from information_schema.tables where table_schema = '${schema}' and table_name like '${like}'`
  const { rows } = await pool.query(count('people', 'acc\\_%'))
  t.strictSame(rows, (await usual.pool.query(count('public', 'accounts\\_%'))).rows)
})

t.test('a host can merge the migrations into its own', async t => {
  const { db } = await testDatabase(t, { empty: true })
  const own = {
    '0001_assets': { up: async (trx: Kysely<unknown>) => void (await sql`create table asset (id int)`.execute(trx)) },
  }
  const provider: MigrationProvider = {
    getMigrations: async () => ({ ...own, ...(await migrations().getMigrations()) }),
  }
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest()
  t.equal(error, undefined)
  t.equal(results?.length, all.length + 1)
})

t.test('the audit trail is append-only by a rule of the database', async t => {
  const { pool } = await testDatabase(t)
  await pool.query(`insert into accounts_audit (user_id, action) values (gen_random_uuid(), 'user.created')`)
  for (const statement of [
    'update accounts_audit set action = null',
    'delete from accounts_audit',
    'truncate accounts_audit',
  ]) {
    await t.rejects(pool.query(statement), { message: 'the audit trail is append-only' }, statement)
  }
})

t.test('every statement of the hot path is answered by an index', async t => {
  const { pool } = await testDatabase(t)
  await fill({ pool })
  const ran: CompiledQuery[] = []
  const logged = new Kysely<Auth0UsersTables>({
    dialect: new PostgresDialect({ pool }),
    log: event => void ran.push(event.query),
  })
  t.equal((await selectByIdentities(logged, ['auth0|5', 'github|auth0.7', 'auth0|nobody'])).size, 2)
  const plan = await pool.query(`explain ${ran[0]?.sql}`, [...(ran[0]?.parameters ?? [])])
  const text = plan.rows.map(row => row['QUERY PLAN']).join('\n')
  t.notMatch(text, /Seq Scan on accounts_(user|identity) /, text)
  t.match(text, /accounts_user_auth0_id_key/)
  t.match(text, /accounts_identity_pkey/)
})

async function fill({ pool }: Pick<TestDatabase, 'pool'>): Promise<void> {
  await pool.query(`
    insert into accounts_user (auth0_id, username, email)
    select 'auth0|' || n, 'auth0.' || n, n || '@x.test' from generate_series(1, 20000) n`)
  await pool.query(
    `insert into accounts_identity (auth0_id, user_id) select 'github|' || username, id from accounts_user`,
  )
  await pool.query('analyze')
}

function openHandle(url: string): Kysely<Auth0UsersTables> {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  return new Kysely<Auth0UsersTables>({ dialect: new PostgresDialect({ pool }) })
}
