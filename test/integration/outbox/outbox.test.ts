// The outbox: exactly the committed changes, in order per user, at least once.
import { sql } from 'kysely'
import t from 'tap'
import type { OutboxEntry } from '#plugin/index.js'
import { build } from '../../helpers/app.ts'
import { profilePath } from '../profile/account.ts'
import { change, entryCount, until, users } from './support.ts'

t.test('nothing is written until something subscribes', async t => {
  const { app, database, bearer } = await build(t, { routes: app => app.get('/me', request => request.getUser()) })
  const get = async (sub: string) =>
    (await app.inject({ url: '/me', headers: { authorization: await bearer({ sub }) } })).statusCode
  t.equal(await get('auth0|before'), 200)
  t.equal(await entryCount(database), 0)

  const seen: OutboxEntry[] = []
  const end = await app.auth0Users.outbox.subscribe('crm', entry => seen.push(entry))
  t.equal(await get('auth0|after'), 200)
  await until(t, 'the entry arrives', () => seen.length === 1)
  const [entry] = seen
  t.match(entry, {
    id: /^\d+$/,
    transaction_id: /^\d+$/,
    occurred_at: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
    kind: 'user.created',
    user_id: /^[0-9a-f-]{36}$/,
    organization_id: null,
    payload: { fields: [], detail: {} },
  })
  await end()
  t.equal(await get('auth0|ended'), 200)
  t.equal(await entryCount(database), 2, 'entries wait for a subscription that ended in this process')
  const again: OutboxEntry[] = []
  await app.auth0Users.outbox.subscribe('crm', entry => again.push(entry))
  await until(t, 'what waited arrives', () => again.length === 1)
})

t.test('a rollback leaves nothing, an entry comes with its commit', async t => {
  const { app, database } = await build(t)
  const seen: string[] = []
  await app.auth0Users.outbox.subscribe('all', entry => seen.push(entry.kind))
  const [id = ''] = users(1)
  await t.rejects(
    database.db.transaction().execute(async trx => {
      await change({ db: trx }, id, 'rolled.back')
      throw new Error('no')
    }),
  )
  await change(database, id, 'committed')
  await until(t, 'the committed one arrives', () => seen.includes('committed'))
  t.strictSame(seen, ['committed'])
})

t.test('a transaction that began early and commits late is not skipped', async t => {
  const { app, database } = await build(t)
  const seen: string[] = []
  await app.auth0Users.outbox.subscribe('all', entry => seen.push(entry.kind))
  const [a = '', b = ''] = users(2)
  await database.db.transaction().execute(async trx => {
    await change({ db: trx }, a, 'early.begun')
    await change(database, b, 'late.begun')
    t.strictSame(seen, [])
  })
  await until(t, 'both arrive', () => seen.length === 2)
  t.strictSame([...seen].sort(), ['early.begun', 'late.begun'])
})

t.test('changes of one user keep the order of the audit log, whatever their transactions began with', async t => {
  const { app, database } = await build(t)
  const seen: string[] = []
  await app.auth0Users.outbox.subscribe('all', entry => seen.push(entry.kind))
  const [other = '', id = ''] = users(2)
  await database.db.transaction().execute(async trx => {
    await change({ db: trx }, other, 'other') // gives the transaction its id
    await change(database, id, 'first')
    await change({ db: trx }, id, 'second')
  })
  await change(database, id, 'third')
  await until(t, 'all arrive', () => seen.length === 4)
  t.strictSame(
    seen.filter(kind => kind !== 'other'),
    ['first', 'second', 'third'],
  )
})

t.test('a failed entry comes again, later ones of the user wait, other users go on', async t => {
  const { app, database } = await build(t)
  const seen: string[] = []
  const times: number[] = []
  const [bad = '', good = ''] = users(2)
  await app.auth0Users.outbox.subscribe('crm', ({ kind, user_id }, { attempt }) => {
    if (kind === 'a.1') times.push(performance.now())
    if (user_id === bad && attempt < 3 && kind === 'a.1') throw new Error('not now')
    seen.push(kind)
  })
  for (const kind of ['a.1', 'a.2']) await change(database, bad, kind)
  for (const kind of ['b.1', 'b.2']) await change(database, good, kind)
  await until(t, 'the others arrive', () => seen.includes('b.2'))
  t.notOk(seen.includes('a.2'))
  await until(t, 'the failed ones arrive', () => seen.includes('a.2'))
  t.strictSame(
    seen.filter(kind => kind.startsWith('a.')),
    ['a.1', 'a.2'],
  )
  const pauses = times.slice(1).map((time, n) => time - (times[n] ?? 0))
  t.ok((pauses[0] ?? 0) >= 900 && (pauses[0] ?? 0) < 4000, `first pause ${pauses[0]}`)
  t.ok((pauses[1] ?? 0) > 1900, `second pause ${pauses[1]}`)
  const { rows } = await sql`select from accounts_outbox_blocked`.execute(database.db)
  await until(t, 'nobody is blocked', () => rows.length === 0 || seen.length === 4)
})

t.test('dead letters are listed, replayed and skipped', async t => {
  const { app, database } = await build(t)
  const { outbox } = app.auth0Users
  const seen: string[] = []
  let broken = true
  await outbox.subscribe(
    'crm',
    ({ kind }) => {
      if (broken && kind.endsWith('.1')) throw Object.assign(new TypeError('about person@example.test'), { code: 'EX' })
      seen.push(kind)
    },
    { attempts: 1 },
  )
  const [a = '', b = ''] = users(2)
  for (const kind of ['a.1', 'a.2']) await change(database, a, kind)
  for (const kind of ['b.1', 'b.2']) await change(database, b, kind)
  await until(t, 'both are dead letters', async () => (await outbox.deadLetters('crm')).length === 2)
  const [letter] = await outbox.deadLetters('crm', { limit: 1 })
  t.match(letter, { subscription: 'crm', attempts: 1, error: 'TypeError EX', dead_at: /Z$/ })
  t.match(await outbox.subscriptions(), [{ name: 'crm', kind: 'handler', dead_letters: 2, retrying: 0 }])
  broken = false
  t.equal(await outbox.replayDeadLetter('crm', a), true)
  await until(t, 'the replayed ones arrive', () => seen.includes('a.2'))
  t.equal(await outbox.skipDeadLetter('crm', b), true)
  await until(t, 'what waited behind arrives', () => seen.includes('b.2'))
  t.strictSame(seen, ['a.1', 'a.2', 'b.2'])
  t.equal(await outbox.skipDeadLetter('crm', b), false)
  t.strictSame(await outbox.deadLetters('crm'), [])
})

t.test('replay reads again from a moment, or from an entry', async t => {
  const { app, database } = await build(t)
  const { outbox } = app.auth0Users
  const seen: OutboxEntry[] = []
  await outbox.subscribe('crm', entry => seen.push(entry))
  const [id = ''] = users(1)
  for (const kind of ['a', 'b', 'c']) await change(database, id, kind)
  await until(t, 'all arrive', () => seen.length === 3)
  await outbox.replay('crm', seen[1] as OutboxEntry)
  await until(t, 'two come again', () => seen.length === 5)
  await outbox.replay('crm', new Date(0))
  await until(t, 'three come again', () => seen.length === 8)
  t.strictSame(
    seen.map(({ kind }) => kind),
    ['a', 'b', 'c', 'b', 'c', 'a', 'b', 'c'],
  )
  await t.rejects(outbox.replay('other', new Date(0)), { code: 'A0U_OUTBOX_UNKNOWN', statusCode: 404 })
  await t.rejects(outbox.replay('crm', 'yesterday'), { code: 'A0U_OUTBOX_INVALID' })
  await t.rejects(outbox.replay('crm', '99999999'), { code: 'A0U_OUTBOX_INVALID' })
  await t.rejects(
    outbox.subscribe('a name', () => undefined),
    { code: 'A0U_OUTBOX_INVALID' },
  )
  await t.rejects(
    outbox.subscribe('crm', () => undefined, { concurrency: 9, attempts: 0, timeout: 0 }),
    { message: /concurrency: .*; attempts: .*; timeout: / },
  )
})

t.test('no value and no hash of a value leaves; an anonymisation empties what is there', async t => {
  const { app, database, bearer } = await build(t, {
    plugin: { privacy: { audit: { values: 'hashes', key: 'k'.repeat(32) } } } as never,
    routes: app => app.get('/me', request => request.getUser()),
  })
  const seen: OutboxEntry[] = []
  await app.auth0Users.outbox.subscribe('crm', entry => seen.push(entry))
  const claims = { sub: 'auth0|x', email: 'marker@example.test', given_name: 'Markername' }
  const headers = { authorization: await bearer(claims) }
  const { id } = (await app.inject({ url: '/me', headers })).json<{ id: string }>()
  await app.inject({
    method: 'PUT',
    url: profilePath,
    headers,
    payload: { first_name: 'Markerother' },
  })
  await until(t, 'two entries', () => seen.length === 2)
  t.strictSame(seen[1]?.payload.fields, ['first_name'])
  t.notMatch(JSON.stringify(seen), /marker/i)
  t.notMatch(JSON.stringify(seen), /before|after/)
  await app.auth0Users.privacy.anonymise(id)
  await until(t, 'the erasure arrives', () => seen.some(({ kind }) => kind === 'user.anonymised'))
  const { rows } = await sql<{ kind: string; empty: boolean }>`
    select kind, payload = '{}' as empty from accounts_outbox where user_id = ${id} order by id`.execute(database.db)
  t.strictSame(rows.slice(0, 2), [
    { kind: 'user.created', empty: true },
    { kind: 'profile.updated', empty: true },
  ])
  t.match(rows.at(-1), { kind: 'user.anonymised', empty: false })
})

t.test('kinds choose; the last removal switches the outbox off', async t => {
  const { app, database } = await build(t)
  const { outbox } = app.auth0Users
  const seen: string[] = []
  const end = await outbox.subscribe('some', ({ kind }) => seen.push(kind), { kinds: ['b'] })
  const [id = ''] = users(1)
  for (const kind of ['a', 'b', 'c', 'b']) await change(database, id, kind)
  await until(t, 'the chosen ones arrive', () => seen.length === 2)
  await until(t, 'the others are passed', async () => (await outbox.subscriptions())[0]?.waiting === 0)
  t.strictSame(seen, ['b', 'b'])
  await end()
  t.equal(await outbox.remove('some'), true)
  t.equal(await outbox.remove('some'), false)
  await change(database, id, 'd')
  t.equal(await entryCount(database), 4)
})

t.test('the option writes before anything subscribes; retention drops days', async t => {
  const { app, database } = await build(t, { plugin: { outbox: { retention: 86_400 * 2 } } })
  const { db } = database
  const [id = ''] = users(1)
  await until(t, 'it is switched on', async () => {
    await change(database, id, 'a')
    return (await entryCount(database)) > 0
  })
  const partitions = async () =>
    (
      await sql<{ name: string }>`
        select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'accounts_outbox'::regclass order by 1`.execute(db)
    ).rows.map(({ name }) => name)
  await until(t, 'partitions are made', async () => (await partitions()).length === 5)
  await sql`
    create table accounts_outbox_p20200101 partition of accounts_outbox
    for values from ('2020-01-01Z') to ('2020-01-02Z')`.execute(db)
  for (const day of ['2020-01-01', '2020-02-01'])
    await sql`insert into accounts_outbox (kind, user_id, occurred_at) values ('old', ${id}, ${day}::timestamptz)`.execute(
      db,
    )
  const before = await entryCount(database)
  await sql`select accounts_outbox_maintain()`.execute(db)
  t.equal(await entryCount(database), before - 2)
  t.notOk((await partitions()).includes('accounts_outbox_p20200101'))
  const all: string[] = []
  await app.auth0Users.outbox.subscribe('late', ({ kind }) => all.push(kind), { from: new Date(0) })
  await until(t, 'what was written before arrives', () => all.length === before - 2)
})
