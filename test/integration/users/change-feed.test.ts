import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { changeChannel } from '#plugin/db/change-channel.js'
import { migrate } from '#plugin/db/migrations/index.js'
import { selectByIdentities } from '#plugin/users/memory/by-identity.repository.js'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

const ann = '00000000-0000-4000-8000-00000000000a'
const bee = '00000000-0000-4000-8000-00000000000b'
const staff = '00000000-0000-4000-8000-0000000000f1'

/** What the triggers tell of a statement, as one would hear it on the channel. */
async function listener(t: Test, database: TestDatabase, channel = changeChannel()) {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query(`listen ${channel}`)
  let heard: string[] = []
  let last = ''
  let arrived: (() => void) | undefined
  client.on('notification', ({ payload = '' }) => {
    if (payload === last) arrived?.()
    else heard.push(payload)
  })
  /** Everything that was told before has arrived then. */
  async function settled(): Promise<void> {
    last = `probe ${randomUUID()}`
    const arrival = new Promise<void>(resolve => {
      arrived = resolve
    })
    await database.pool.query('select pg_notify($1, $2)', [channel, last])
    await arrival
  }
  return async (statement: string): Promise<string[]> => {
    await settled()
    heard = []
    await database.pool.query(statement)
    await settled()
    return heard
  }
}

async function twoPeople({ pool }: TestDatabase): Promise<void> {
  await pool.query(`
    insert into accounts_user (id, auth0_id, username) values ('${ann}', 'auth0|ann', 'ann'), ('${bee}', 'auth0|bee', 'bee');
    insert into accounts_group values ('${staff}', 'staff');
    insert into accounts_user_group values ('${ann}', '${staff}'), ('${bee}', '${staff}')`)
}

/** Times that change with every sign-in or save; and one that is written together with columns that are told. */
const untold = ['last_login_at', 'last_seen_at', 'updated_at', 'anonymised_at']

const both = [`${ann},${bee}`]

t.test('the database tells whose rows and permissions changed', async t => {
  const database = await testDatabase(t)
  await twoPeople(database)
  const told = await listener(t, database)
  const group = `where group_id = '${staff}'`
  for (const [statement, expected] of [
    [`update accounts_user set is_active = false where id = '${ann}'`, [ann]],
    [`update accounts_user set profile_data = '{"a": 1}'`, both],
    [`update accounts_user set first_name = first_name`, []],
    [`update accounts_user set last_login_at = now(), updated_at = now()`, []],
    [`update accounts_user set is_staff = true where false`, []],
    [`update accounts_user set username = case id when '${ann}' then username else 'other' end`, [bee]],
    [`insert into accounts_user (id, auth0_id) values (gen_random_uuid(), 'auth0|new')`, []],
    [
      `insert into accounts_user (id, auth0_id) values ('${ann}', 'auth0|ann')
       on conflict (id) do update set first_name = 'Ann'`,
      [ann],
    ],
    [`insert into accounts_identity (auth0_id, user_id) values ('github|ann', '${ann}')`, [ann]],
    [`update accounts_identity set user_id = user_id`, []],
    [`update accounts_identity set user_id = '${bee}'`, both],
    [`delete from accounts_identity`, [bee]],
    [`insert into accounts_user_permission values ('${ann}', 'a.b'), ('${ann}', 'a.c')`, [ann]],
    [`insert into accounts_user_permission values ('${ann}', 'a.b') on conflict do nothing`, []],
    [`update accounts_user_permission set permission = 'a.d' where permission = 'a.c'`, [ann]],
    [`delete from accounts_user_permission`, [ann]],
    [`delete from accounts_user_permission`, []],
    [`insert into accounts_group_permission values ('${staff}', 'a.b')`, both],
    [`update accounts_group_permission set permission = permission`, []],
    [`update accounts_group_permission set permission = 'a.c'`, both],
    [`delete from accounts_group_permission ${group}`, both],
    [`update accounts_group set name = 'renamed'`, []],
    [`delete from accounts_user_group where user_id = '${bee}'`, [bee]],
    [`insert into accounts_user_group values ('${bee}', '${staff}')`, [bee]],
    [`delete from accounts_group`, both],
    [`begin; update accounts_user set is_active = true where id = '${ann}'; rollback`, []],
    [`delete from accounts_user where id = '${ann}'`, [ann]],
    [`truncate accounts_user_permission`, ['*']],
    [`truncate accounts_group cascade`, ['*']],
    [`truncate accounts_user cascade`, ['*']],
  ] satisfies [string, string[]][]) {
    const payloads = (await told(statement)).map(payload => payload.split(',').sort().join(','))
    t.strictSame(payloads, expected, statement)
  }
})

t.test('whatever authentication reads of a person is told when it changes', async t => {
  const database = await testDatabase(t)
  await twoPeople(database)
  const told = await listener(t, database)
  const row = (await selectByIdentities(database.db, ['auth0|ann'])).get('auth0|ann') ?? {}
  const types: Record<string, string> = Object.fromEntries(
    (
      await database.pool.query(
        `select column_name, data_type from information_schema.columns where table_name = 'accounts_user'`,
      )
    ).rows.map(({ column_name, data_type }) => [column_name, data_type]),
  )
  const another: Record<string, (column: string) => string> = {
    boolean: column => `not ${column}`,
    ARRAY: () => `'{first_name}'`,
    jsonb: () => `'{"other": true}'`,
    'timestamp with time zone': () => `'2001-01-01'`,
    'character varying': column => `coalesce(${column}, '') || 'x'`,
  }
  const columns = Object.keys(row).filter(name => !['id', 'permissions', 'linked', 'alongside'].includes(name))
  t.ok(columns.length >= 17)
  for (const column of columns) {
    const value = another[types[column] ?? '']?.(column)
    const expected = untold.includes(column) ? [] : [ann]
    t.strictSame(await told(`update accounts_user set ${column} = ${value} where id = '${ann}'`), expected, column)
  }
  const id = randomUUID()
  await told('delete from accounts_user_group')
  t.strictSame(await told(`update accounts_user set id = '${id}' where id = '${ann}'`), [ann])
})

t.test('thousands of rows of one statement are told in a few payloads below the limit, still more as one', async t => {
  const database = await testDatabase(t)
  const { pool } = database
  const told = await listener(t, database)
  await pool.query(`
    insert into accounts_user (auth0_id, username) select 'auth0|' || n, 'u' || n from generate_series(1, 11000) n;
    insert into accounts_group values ('${staff}', 'staff');
    insert into accounts_user_group select id, '${staff}' from accounts_user`)
  const { rows } = await pool.query('select id from accounts_user order by auth0_id limit 5000')
  const ids = rows.map(row => row.id)
  const some = `id = any('{${ids}}')`
  for (const statement of [
    `update accounts_user set is_active = false where ${some}`,
    `delete from accounts_user_group where user_id = any('{${ids}}')`,
    `delete from accounts_user where ${some}`,
  ]) {
    const payloads = await told(statement)
    t.equal(payloads.length, 25, statement.slice(0, 40))
    t.strictSame(payloads.flatMap(payload => payload.split(',')).sort(), ids.toSorted())
    t.ok(payloads.every(payload => Buffer.byteLength(payload) < 8000))
  }
  await pool.query(`
    insert into accounts_user (auth0_id, username) select 'new|' || n, 'n' || n from generate_series(1, 5000) n;
    insert into accounts_user_group select id, '${staff}' from accounts_user on conflict do nothing`)
  for (const statement of [
    `update accounts_user set is_active = not is_active`,
    `insert into accounts_group_permission values ('${staff}', 'a.b')`,
    `delete from accounts_user_group`,
    `delete from accounts_user`,
  ]) {
    t.strictSame(await told(statement), ['*'], statement)
  }
})

t.test('the cost of telling stays linear, whatever was planned first in the session', async t => {
  const { pool } = await testDatabase(t, { max: 1 })
  await pool.query(`
    insert into accounts_user (auth0_id, username) select 'auth0|' || n, 'u' || n from generate_series(1, 20000) n`)
  await pool.query(`update accounts_user set is_staff = true where auth0_id = 'auth0|1'`)
  await pool.query(`set statement_timeout = '5s'`) // a nested loop would compare 400 million pairs
  await pool.query(`update accounts_user set is_active = false`)
  t.pass()
})

t.test('writers with another search path are told of too, and other places have channels of their own', async t => {
  const database = await testDatabase(t, { empty: true })
  const places = [{}, { schema: 'people', prefix: 'acc_' }, { schema: 'People$', prefix: 'accounts_' }]
  const channels = places.map(place => changeChannel(place))
  t.equal(new Set(channels).size, places.length)
  for (const [n, place] of places.entries()) {
    await migrate(database.db, place)
    const { schema = 'public', prefix = 'accounts_' } = place
    const told = await listener(t, database, channels[n])
    const table = (name: string) => `"${schema}".${prefix}${name}`
    t.match(channels[n], /^[a-z0-9_]{1,63}$/)
    t.strictSame(
      await told(`
        set search_path = pg_catalog;
        insert into ${table('user')} (id, auth0_id) values ('${ann}', 'auth0|ann');
        insert into ${table('group')} values ('${staff}', 'staff');
        insert into ${table('user_group')} values ('${ann}', '${staff}');
        delete from ${table('user_group')};
        insert into ${table('user_group')} values ('${ann}', '${staff}');
        insert into ${table('group_permission')} values ('${staff}', 'a.b');
        reset search_path`),
      [ann],
      'several statements of one transaction tell the same only once',
    )
  }
})
