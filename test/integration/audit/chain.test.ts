import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { record, system } from '#plugin/audit/audit.js'
import { verifyAuditChain } from '#plugin/audit/chain.js'
import { minAuditAge, purgeAudit } from '#plugin/audit/retention.js'
import { withState } from '#plugin/db/after-commit.js'
import { bindDatabases } from '#plugin/db/handle.js'
import { migrate } from '#plugin/db/migrate.js'
import { migrations } from '#plugin/db/migrations/provider.js'
import { createMigrator } from '#plugin/db/migrator.js'
import { type TestDatabase, testDatabase } from '../../helpers/postgres.ts'

const days = (n: number) => new Date(Date.now() - n * 86_400_000)

/** Entries of one person, oldest first, at the given ages in days. */
async function addEntries({ db }: TestDatabase, userId: string, ages: readonly number[]): Promise<void> {
  for (const age of ages) {
    await db
      .insertInto('accounts_audit')
      .values({
        user_id: userId,
        action: 'profile.updated',
        fields: ['first_name'],
        detail: '{"n":1.50}',
        at: days(age),
      })
      .execute()
  }
}

/** What a superuser can do whom no trigger stops. */
async function tamper({ pool }: TestDatabase, ...statements: string[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set session_replication_role = replica')
    for (const statement of statements) await client.query(statement)
    await client.query('reset session_replication_role')
  } finally {
    client.release()
  }
}

t.test('every entry is chained to the one before, whoever writes it', async t => {
  const database = await testDatabase(t)
  const { db, pool } = database
  const [ann, bob] = [randomUUID(), randomUUID()]
  t.strictSame(await verifyAuditChain(db, ann), { ok: true, checked: 0, purged: 0, head: { length: 0, hash: '' } })
  await addEntries(database, ann, [3, 2])
  await pool.query(
    `insert into accounts_audit (user_id, action, position, hash, detail)
     select u, 'user.created', 7, 'x', '{"b":[1,2.0],"a":"é"}' from unnest($1::uuid[]) u`,
    [[bob, ann, bob]],
  )
  await bindDatabases(db).transaction(async trx => {
    await record(trx, { ...system, userId: bob, action: 'user.updated', fields: ['email'] })
  })
  const positions = await db
    .selectFrom('accounts_audit')
    .select(['user_id', 'position', 'hash'])
    .orderBy('user_id')
    .orderBy('position')
    .execute()
  for (const person of [ann, bob]) {
    const rows = positions.filter(row => row.user_id === person)
    t.strictSame(
      rows.map(row => row.position),
      ['1', '2', '3'],
    )
    const verified = await verifyAuditChain(db, person)
    const hash = Buffer.from(rows[2]?.hash ?? []).toString('hex')
    t.strictSame(verified, { ok: true, checked: 3, purged: 0, head: { length: 3, hash } })
    t.equal(hash.length, 64)
  }
})

t.test('concurrent writers, at any isolation level, never fork a chain', async t => {
  const { db, connect } = await testDatabase(t, { max: 8 })
  const other = connect({ max: 8 }).db
  const userId = randomUUID()
  const write = (n: number) =>
    (n % 2 === 0 ? db : other)
      .transaction()
      .setIsolationLevel(n % 5 === 0 ? 'repeatable read' : 'read committed')
      .execute(async given => {
        const trx = withState(given, { pending: [], onUserChanged: () => {}, savepoints: 0 })
        await sql`select 1`.execute(trx)
        await record(trx, { ...system, userId, action: 'user.updated', fields: [`f${n}`] })
        if (n % 7 === 0) throw new Error('rolled back')
      })
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => write(n)))
  const written = results.filter(result => result.status === 'fulfilled').length
  t.ok(written >= 130, `${written} were written; a frozen view that others overtook is refused, never forked`)
  t.match(await verifyAuditChain(db, userId), { ok: true, checked: written, head: { length: written } })
})

t.test('an entry that was changed, removed, moved or put in is found', async t => {
  const database = await testDatabase(t)
  const cases: [name: string, statements: (user: string) => string[], brokenAt: number][] = [
    ['its action', user => [`update accounts_audit set action = 'x' where user_id = '${user}' and position = 3`], 3],
    ['its fields', user => [`update accounts_audit set fields = '{}' where user_id = '${user}' and position = 2`], 2],
    [
      'its author',
      user => [`update accounts_audit set actor_id = user_id where user_id = '${user}' and position = 4`],
      4,
    ],
    ['its detail', user => [`update accounts_audit set detail = '{}' where user_id = '${user}' and position = 1`], 1],
    [
      'its time',
      user => [`update accounts_audit set at = at + interval '1 us' where user_id = '${user}' and position = 5`],
      5,
    ],
    ['one in the middle gone', user => [`delete from accounts_audit where user_id = '${user}' and position = 3`], 4],
    ['the first gone', user => [`delete from accounts_audit where user_id = '${user}' and position = 1`], 2],
    ['the last gone', user => [`delete from accounts_audit where user_id = '${user}' and position = 5`], 5],
    ['all gone', user => [`delete from accounts_audit where user_id = '${user}'`], 1],
    [
      'two exchanged',
      user => [
        `update accounts_audit set position = 9 where user_id = '${user}' and position = 2`,
        `update accounts_audit set position = 2 where user_id = '${user}' and position = 3`,
        `update accounts_audit set position = 3 where user_id = '${user}' and position = 9`,
      ],
      2,
    ],
    [
      'one put behind the last',
      user => [`insert into accounts_audit (user_id, action, position, hash) values ('${user}', 'x', 6, sha256(''))`],
      6,
    ],
    [
      'one put in its place with a hash of its own',
      user => [`update accounts_audit set action = 'x', hash = sha256('') where user_id = '${user}' and position = 5`],
      5,
    ],
    ['the head gone', user => [`delete from accounts_audit_chain where user_id = '${user}'`], 1],
  ]
  for (const [name, statements, brokenAt] of cases) {
    const user = randomUUID()
    await addEntries(database, user, [5, 4, 3, 2, 1])
    t.match(await verifyAuditChain(database.db, user), { ok: true, checked: 5 })
    await tamper(database, ...statements(user))
    t.match(await verifyAuditChain(database.db, user), { ok: false, brokenAt }, name)
  }
  const bystander = randomUUID()
  await addEntries(database, bystander, [1])
  t.match(await verifyAuditChain(database.db, bystander), { ok: true })
})

t.test('a tail that was rewritten with all its hashes shows against a head that was kept elsewhere', async t => {
  const database = await testDatabase(t)
  const user = randomUUID()
  await addEntries(database, user, [3, 2, 1])
  const { head } = await verifyAuditChain(database.db, user)
  await tamper(
    database,
    `update accounts_audit set action = 'x' where user_id = '${user}' and position = 3`,
    `update accounts_audit a set hash = accounts_audit_hash((select hash from accounts_audit b
       where b.user_id = a.user_id and b.position = 2), 3, a) where user_id = '${user}' and position = 3`,
    `update accounts_audit_chain c set hash = (select hash from accounts_audit a where a.user_id = c.user_id
       and position = 3) where user_id = '${user}'`,
  )
  const after = await verifyAuditChain(database.db, user)
  t.equal(after.ok, true, 'within the database nothing shows')
  t.not(after.head.hash, head.hash)
})

t.test('a purge deletes the oldest entries in small batches and leaves the rest verifiable', async t => {
  const database = await testDatabase(t)
  const { db } = database
  const databases = bindDatabases(db)
  const people = Array.from({ length: 8 }, () => randomUUID())
  const [first = '', second = '', third = ''] = people
  for (const person of people) await addEntries(database, person, [400, 300, 200, 100, 5])
  // An old entry behind a young one: it has to wait.
  await addEntries(database, first, [390])
  await addEntries(database, second, [390, 2])
  const before = (await verifyAuditChain(db, third)).head
  t.equal(await purgeAudit(databases, days(150), 4), 8 * 3)
  for (const person of people) t.match(await verifyAuditChain(db, person), { ok: true, purged: 3 })
  t.match(await verifyAuditChain(db, first), { checked: 3, head: { length: 6 } })
  t.strictSame((await verifyAuditChain(db, third)).head, before)
  t.equal(await purgeAudit(databases, days(150), 4), 0, 'a second run finds nothing')
  await addEntries(database, third, [0])
  t.match(await verifyAuditChain(db, third), { ok: true, checked: 3, purged: 3 })
  await tamper(database, `update accounts_audit set action = 'x' where user_id = '${third}' and position = 4`)
  t.match(await verifyAuditChain(db, third), { ok: false, brokenAt: 4 })

  const gone = randomUUID()
  await addEntries(database, gone, [90, 80])
  await purgeAudit(databases, days(50), 1000)
  t.match(await verifyAuditChain(db, gone), { ok: true, checked: 0, purged: 2, head: { length: 2 } })
  await addEntries(database, gone, [0])
  t.match(await verifyAuditChain(db, gone), { ok: true, checked: 1, purged: 2, head: { length: 3 } })
})

t.test('what is written while a purge runs is kept, and every chain stays whole', async t => {
  const database = await testDatabase(t, { max: 6 })
  const people = Array.from({ length: 5 }, () => randomUUID())
  for (const person of people) await addEntries(database, person, Array(20).fill(50))
  const writing = Promise.all(Array.from({ length: 100 }, (_, n) => addEntries(database, people[n % 5] as string, [0])))
  const purged = await purgeAudit(bindDatabases(database.db), days(10), 7)
  await writing
  t.equal(purged, 100)
  for (const person of people) {
    t.match(await verifyAuditChain(database.db, person), { ok: true, checked: 20, purged: 20 })
  }
})

t.test('the way to a purge opens for the oldest entries alone, and never for the last day', async t => {
  const database = await testDatabase(t)
  const { pool } = database
  const user = randomUUID()
  await addEntries(database, user, [10, 9, 8, 0])
  const attempt = async (cutoff: string, statement: string) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(`select set_config('auth0_users.purge_audit_before', $1, true)`, [cutoff])
      await client.query(statement)
      await client.query('commit')
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }
  const remove = (where: string) => `delete from accounts_audit where user_id = '${user}' and ${where}`
  const refused = { message: /only the oldest entries/ }
  await t.rejects(attempt('now', remove('true')), refused, 'one of today')
  await t.rejects(attempt('infinity', remove('true')), refused)
  await t.rejects(attempt(days(1).toISOString(), remove('position in (1, 3)')), refused, 'with a gap')
  await t.rejects(attempt(days(1).toISOString(), remove('position = 2')), refused, 'not from the start')
  await t.rejects(attempt('nonsense', remove('position = 1')), /invalid input syntax/)
  const outright = { message: 'the audit trail is append-only' }
  await t.rejects(attempt('', remove('position = 1')), outright)
  await t.rejects(attempt('now', `update accounts_audit set action = 'x'`), outright)
  await t.rejects(attempt('now', 'truncate accounts_audit'), outright)
  t.match(await verifyAuditChain(database.db, user), { ok: true, checked: 4, purged: 0 })
  await attempt(days(1).toISOString(), remove('position in (1, 2)'))
  await t.rejects(pool.query(remove('position = 3')), outright, 'the permission ended with its transaction')
  t.match(await verifyAuditChain(database.db, user), { ok: true, checked: 2, purged: 2 })
  t.equal(minAuditAge, 86_400)
})

t.test('chains work in another schema under another prefix, and entries from before are chained', async t => {
  const { db, pool } = await testDatabase(t, { empty: true })
  const tables = { schema: 'people', prefix: 'acc_' }
  await migrate(db, tables)
  const databases = bindDatabases(db, tables)
  const userId = randomUUID()
  await databases.transaction(trx => record(trx, { ...system, userId, action: 'user.created', fields: [] }))
  await pool.query(`insert into people.acc_audit (user_id, action, at) values ($1, 'x', now() - interval '9 days')`, [
    randomUUID(),
  ])
  t.match(await verifyAuditChain(databases.primary, userId), { ok: true, checked: 1 })
  t.equal(await purgeAudit(databases, days(3), 10), 1)
  await chainedLate(t)
})

/** The migration over a trail that an earlier version wrote. */
async function chainedLate(t: Test): Promise<void> {
  const { db, pool } = await testDatabase(t, { empty: true })
  const migrator = await createMigrator({
    db,
    provider: migrations(),
    migrationTableName: 'accounts_migration',
    migrationLockTableName: 'accounts_migration_lock',
  })
  const { error } = await migrator.migrateTo('accounts_0008_credentials')
  t.equal(error, undefined)
  const [ann, bob] = [randomUUID(), randomUUID()]
  await pool.query(`insert into accounts_audit (user_id, action) select u, 'x' from unnest($1::uuid[]) u`, [
    [ann, bob, ann, ann],
  ])
  t.equal((await migrate(db))[0], 'accounts_0009_audit_chain')
  t.match(await verifyAuditChain(db, ann), { ok: true, checked: 3 })
  t.match(await verifyAuditChain(db, bob), { ok: true, checked: 1 })
}
