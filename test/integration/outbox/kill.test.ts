// Processes that end without a word lose nothing, and their work is taken up.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { build } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { until, users } from './support.ts'

const script = fileURLToPath(new URL('./process.mjs', import.meta.url))

/** `npm run test:long` sets it to 60. */
const seconds = Number(process.env['OUTBOX_KILL_SECONDS'] ?? 6)

async function start(t: Test, settings: object): Promise<ChildProcess> {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), 'line')
  return child
}

interface Handled {
  readonly entry_id: string
  readonly user_id: string
  readonly pid: number
  readonly done: boolean
}

t.test('two writers and three subscribers, killed at random', { timeout: (seconds + 120) * 1000 }, async t => {
  const database = await testDatabase(t)
  const { db, url } = database
  await sql`
    create table handled (
      n bigserial primary key, entry_id bigint not null, user_id uuid not null, pid int not null,
      done boolean not null default false
    )`.execute(db)
  const people = users(40)
  const roles = ['subscriber', 'subscriber', 'subscriber', 'writer', 'writer']
  const children: ChildProcess[] = []
  for (const role of roles) children.push(await start(t, { role, url, users: people }))

  let kills = 0
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    await pause(300 + Math.random() * 1200)
    const n = Math.floor(Math.random() * roles.length)
    children[n]?.kill('SIGKILL')
    kills++
    children[n] = await start(t, { role: roles[n], url, users: people })
  }
  for (const n of [3, 4]) children[n]?.kill('SIGKILL')

  await until(
    t,
    'everything was handled',
    async () => {
      const { rows } = await sql<{ left: number }>`
      select count(*)::int as left from accounts_outbox o
      where not exists (select from handled h where h.entry_id = o.id and h.done)`.execute(db)
      return rows[0]?.left === 0
    },
    60,
  )

  const { rows: missing } = await sql`
    select from accounts_audit a where not exists (
      select from accounts_outbox o where o.user_id = a.user_id and o.kind = a.action
    )`.execute(db)
  t.equal(missing.length, 0)
  const counts = await sql<{ audit: number; outbox: number }>`
    select (select count(*)::int from accounts_audit) as audit, (select count(*)::int from accounts_outbox) as outbox`.execute(
    db,
  )
  t.equal(counts.rows[0]?.outbox, counts.rows[0]?.audit, 'one entry for each audit log entry')
  const { rows: handled } = await sql<Handled>`
    select entry_id::text as entry_id, user_id, pid, done from handled order by n`.execute(db)
  t.ok(handled.length > 100, `${handled.length} calls, ${kills} kills`)
  const repeats = handled.length - new Set(handled.map(({ entry_id }) => entry_id)).size
  t.ok(repeats <= kills * 4, `${repeats} repeats`)
  checkOrder(t, handled)
})

/** Per user, no entry begins before the one that the audit log has before it was handled. */
function checkOrder(t: Test, handled: readonly Handled[]): void {
  const newest = new Map<string, bigint>()
  const firsts = new Set<string>()
  let disorder = 0
  for (const { entry_id, user_id } of handled) {
    if (firsts.has(entry_id)) continue
    firsts.add(entry_id)
    if (BigInt(entry_id) < (newest.get(user_id) ?? 0n)) disorder++
    newest.set(user_id, BigInt(entry_id))
  }
  t.equal(disorder, 0, 'order per user')
}

t.test('the work of a process that died is taken up within ten seconds', async t => {
  const { app, database } = await build(t)
  const { db, url } = database
  await sql`
    create table handled (
      n bigserial primary key, entry_id bigint not null, user_id uuid not null, pid int not null,
      done boolean not null default false
    )`.execute(db)
  const people = users(20)
  const dying = await start(t, { role: 'subscriber', url })
  for (const id of people)
    for (let n = 0; n < 5; n++) await sql`insert into accounts_audit (user_id, action) values (${id}, 'a')`.execute(db)
  await until(t, 'it works', async () => (await sql`select from handled`.execute(db)).rows.length > 0)
  dying.kill('SIGKILL')
  const died = performance.now()
  const seen = new Set<string>()
  await app.auth0Users.outbox.subscribe('all', ({ id }) => seen.add(id))
  await until(t, 'the rest is handled', async () => {
    const { rows } = await sql<{ id: string }>`
      select id::text as id from accounts_outbox o
      where not exists (select from handled h where h.entry_id = o.id and h.done)`.execute(db)
    return rows.every(({ id }) => seen.has(id))
  })
  t.ok(performance.now() - died < 10_000, `${Math.round(performance.now() - died)} ms`)
})
