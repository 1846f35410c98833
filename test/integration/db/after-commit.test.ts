import t from 'tap'
import { afterCommit, type CommitLog, savepoint, userChanged } from '#plugin/db/after-commit.js'
import { bindDatabases, type Databases } from '#plugin/db/handle.js'
import { testDatabase } from '../../helpers/postgres.ts'

/** Databases whose log lines and changed users are kept. */
function watched(db: Parameters<typeof bindDatabases>[0]): {
  databases: Databases
  lines: unknown[]
  changed: string[]
} {
  const lines: unknown[] = []
  const changed: string[] = []
  const keep = (fields: unknown): void => void lines.push(fields)
  const log = { debug: keep, info: keep, warn: keep, error: keep } as unknown as CommitLog
  const databases = bindDatabases(db, {}, log)
  databases.onUserChanged(id => changed.push(id))
  return { databases, lines, changed }
}

const table = 'create table note (id int primary key)'

t.test('work runs after the commit, in order, and only then', async t => {
  const { db, pool } = await testDatabase(t)
  await pool.query(table)
  const { databases, changed } = watched(db)
  const order: string[] = []
  const result = await databases.transaction(async (trx, hostTrx) => {
    afterCommit(trx, () => order.push('first'))
    userChanged(trx, 'a')
    afterCommit(trx, async () => {
      const { rowCount } = await pool.query('select from note')
      order.push(`second sees ${rowCount}`)
    })
    await hostTrx
      .insertInto('note' as never)
      .values({ id: 1 } as never)
      .execute()
    order.push('inside')
    t.strictSame(changed, [])
    return 5
  })
  t.equal(result, 5)
  t.strictSame([order, changed], [['inside', 'first'], ['a']], 'a promise is not waited for')
})

t.test('a rollback drops all of it, and the next transaction begins with none', async t => {
  const { db } = await testDatabase(t)
  const { databases, changed } = watched(db)
  const failing = databases.transaction(async trx => {
    userChanged(trx, 'a')
    throw new Error('no')
  })
  await t.rejects(failing, { message: 'no' })
  await databases.transaction(async () => {})
  t.strictSame(changed, [])
})

t.test('a commit that a deferred constraint refuses drops it too', async t => {
  const { db, pool } = await testDatabase(t)
  await pool.query('create table note (id int primary key deferrable initially deferred)')
  const { databases, changed } = watched(db)
  const failing = databases.transaction(async (trx, hostTrx) => {
    userChanged(trx, 'a')
    for (let n = 0; n < 2; n++)
      await hostTrx
        .insertInto('note' as never)
        .values({ id: 1 } as never)
        .execute()
  })
  await t.rejects(failing, { code: '23505' })
  t.strictSame(changed, [])
})

t.test('one that throws or rejects is logged; the others run and the caller gets its result', async t => {
  const { db } = await testDatabase(t)
  const { databases, lines } = watched(db)
  const ran: number[] = []
  const result = await databases.transaction(async trx => {
    afterCommit(trx, () => {
      throw new Error('thrown')
    })
    afterCommit(trx, () => Promise.reject(new Error('rejected')))
    afterCommit(trx, log => {
      log.info({ event: 'own' }, 'a line')
      ran.push(1)
    })
    return 'done'
  })
  t.strictSame([result, ran], ['done', [1]])
  t.match(lines, [
    { event: 'commit.work_failed', err: { message: 'thrown' } },
    { event: 'own' },
    { event: 'commit.work_failed', err: { message: 'rejected' } },
  ])
})

t.test('the rollback of a savepoint drops what was registered inside, nested ones included', async t => {
  const { db, pool } = await testDatabase(t)
  await pool.query(table)
  const { databases, changed } = watched(db)
  const insert = (trx: unknown, id: number) =>
    (trx as typeof db)
      .insertInto('note' as never)
      .values({ id } as never)
      .execute()
  await databases.transaction(async trx => {
    userChanged(trx, 'before')
    await savepoint(trx, async () => {
      userChanged(trx, 'kept')
      await insert(trx, 1)
      const inner = savepoint(trx, async () => {
        userChanged(trx, 'inner')
        await insert(trx, 2)
        await insert(trx, 2)
      })
      await t.rejects(inner, { code: '23505' })
      await insert(trx, 3)
    })
    const outer = savepoint(trx, async () => {
      await savepoint(trx, async () => userChanged(trx, 'released, then undone'))
      await insert(trx, 4)
      throw new Error('undo')
    })
    await t.rejects(outer, { message: 'undo' })
    userChanged(trx, 'after')
  })
  t.strictSame(changed, ['before', 'kept', 'after'])
  t.strictSame((await pool.query('select id from note order by id')).rows, [{ id: 1 }, { id: 3 }])
})
