import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import t from 'tap'
import { createReports } from '#plugin/admin/reports.js'
import { bindDatabases } from '#plugin/db/handle.js'
import { migrate } from '#plugin/db/migrate.js'
import type { Auth0UsersTables } from '#plugin/db/schema.js'
import { missingFields } from '#plugin/profile/completion.js'
import { createActivity } from '#plugin/users/activity/activity.js'
import { localIssuer } from '../../helpers/app.ts'
import { testDatabase } from '../../helpers/postgres.ts'
import { staffApp } from './staff.ts'

const day = 86_400_000
const today = Date.parse('2026-11-20T00:00:00Z')
const schema = Type.Object({ phone: Type.String(), tags: Type.Array(Type.String()), extra: Type.Any() })

const silent = { warn: () => undefined } as never

for (const tables of [{}, { schema: 'people', prefix: 'acc_' }]) {
  t.test(
    `people are counted once a day, and sign-ins by connection, wherever the tables are: ${JSON.stringify(tables)}`,
    async t => {
      const given = await testDatabase(t, { empty: true })
      await migrate(given.db, tables)
      const databases = bindDatabases(given.db, tables)
      const db = databases.primary
      const { id: ann } = await db
        .insertInto('accounts_user')
        .values({ auth0_id: 'auth0|ann', last_login_at: new Date(today) })
        .returning('id')
        .executeTakeFirstOrThrow()
      const { id: bob } = await db
        .insertInto('accounts_user')
        .values({ auth0_id: 'google-oauth2|bob' })
        .returning('id')
        .executeTakeFirstOrThrow()
      const { id: odd } = await db
        .insertInto('accounts_user')
        .values({ auth0_id: 'ann@example.com' })
        .returning('id')
        .executeTakeFirstOrThrow()
      let now = today
      // Two processes that do not know of one another.
      const activities = [0, 1].map(() => createActivity(db, { interval: 60, now: () => now, log: silent }))
      t.teardown(() => Promise.all(activities.map(activity => activity.close())))
      async function seen(at: number, ids: readonly string[], issuedAt: number): Promise<void> {
        now = at
        for (const activity of activities) {
          for (const id of ids) activity.seen(id, issuedAt)
          await activity.flush()
        }
      }
      await seen(today + 1000, [ann, bob, odd], today)
      await seen(today + 10_000, [ann, bob], today)
      await seen(today + 3_600_000, [ann], today + 3_600_000)
      await seen(today + day + 1000, [ann], today + 3_600_000)
      await seen(today + day + 100_000, [bob], today + day + 50_000)

      const reports = createReports({ db: databases.replica, required: [], now: () => now })
      const range = { from: '2026-11-19', to: '2026-11-22' }
      t.strictSame(await reports.activity(range), {
        ...range,
        items: [
          { day: '2026-11-19', people: 0 },
          { day: '2026-11-20', people: 3 },
          { day: '2026-11-21', people: 2 },
          { day: '2026-11-22', people: 0 },
        ],
      })
      t.strictSame(await reports.signIns(range), {
        ...range,
        connections: [
          { connection: 'auth0', sign_ins: 2 },
          { connection: 'google-oauth2', sign_ins: 2 },
          { connection: 'other', sign_ins: 1 },
        ],
        items: [
          { day: '2026-11-20', connection: 'auth0', sign_ins: 2 },
          { day: '2026-11-20', connection: 'google-oauth2', sign_ins: 1 },
          { day: '2026-11-20', connection: 'other', sign_ins: 1 },
          { day: '2026-11-21', connection: 'google-oauth2', sign_ins: 1 },
        ],
      })
    },
  )
}

t.test('the funnel and the completion rate agree with the rule of the profile', async t => {
  const { db } = await testDatabase(t)
  const required = ['first_name', 'phone', 'tags']
  const profiles: { first_name: string | null; profile_data: Record<string, unknown> }[] = [
    { first_name: 'Ann', profile_data: { phone: '1', tags: ['a'] } },
    { first_name: ' ', profile_data: { phone: '1', tags: ['a'] } },
    { first_name: null, profile_data: { phone: '1', tags: ['a'] } },
    { first_name: 'Ann', profile_data: { phone: ' \n', tags: ['a'] } },
    { first_name: 'Ann', profile_data: { phone: null, tags: ['a'] } },
    { first_name: 'Ann', profile_data: { tags: ['a'] } },
    { first_name: 'Ann', profile_data: { phone: '1', tags: [] } },
    { first_name: 'Ann', profile_data: { phone: '1', tags: {} } },
    { first_name: 'Ann', profile_data: { phone: 0, tags: false } },
    { first_name: 'Ann', profile_data: { phone: { a: 1 }, tags: [null] } },
  ]
  await db
    .insertInto('accounts_user')
    .values(
      profiles.map(({ first_name, profile_data }, n) => ({
        first_name,
        profile_data: JSON.stringify(profile_data),
        email_verified: n % 2 === 0,
        // Whatever the time zone of the session, days are those of UTC.
        created_at: new Date(today - 2 * day + (n === 9 ? -1 : 0)),
        last_seen_at: n < 3 ? new Date(today - day) : n < 5 ? new Date(today - 2 * day + 1000) : null,
      })),
    )
    .execute()
  await db
    .insertInto('accounts_user')
    .values({ anonymised_at: new Date(), created_at: new Date(today - 2 * day) })
    .execute()
  const complete = profiles.map(
    one => missingFields({ last_name: '', ...one, first_name: one.first_name ?? '' }, required).length === 0,
  )
  const full = complete.slice(0, 9).filter(Boolean).length
  const reports = createReports({ db: bindDatabases(db).replica, required, now: () => today })
  const range = { from: '2026-11-17', to: '2026-11-18' }
  t.strictSame(await reports.registrations(range), {
    ...range,
    items: [
      { day: '2026-11-17', started: 1, verified: 0, completed: Number(complete[9]), returned: 0 },
      { day: '2026-11-18', started: 9, verified: 5, completed: full, returned: 3 },
    ],
    total: { started: 10, verified: 5, completed: full + Number(complete[9]), returned: 3 },
  })
  t.match(await reports.completion({ to: '2026-11-19', from: '2026-11-18' }), {
    items: [
      { people: 9, complete: full, rate: Math.round((full / 9) * 10_000) / 10_000 },
      { people: 0, rate: null },
    ],
    total: { people: 9 },
  })
  t.ok(full >= 2 && full < 9)
  const nothing = createReports({ db: bindDatabases(db).replica, required: [], now: () => today })
  t.match(await nothing.completion(range), { total: { people: 10, complete: 10, rate: 1 } }, 'nothing is required')
})

t.test('staff ask over HTTP for a range of days that is checked', async t => {
  const { somebody, answerSchema } = await staffApp(t, {
    issuer: await localIssuer(t, { now: () => today }),
    plugin: { profile: { schema, required: ['phone'] }, users: { activity: false }, now: () => today },
  })
  const staff = await somebody({ is_staff: true }, ['accounts.view_report'])
  for (const name of ['activity', 'sign-ins', 'registrations', 'completion']) {
    const answer = await staff.send('GET', `/reports/${name}`)
    t.match(answer, {
      status: 200,
      body: { from: '2026-10-22', to: '2026-11-20' },
      headers: { 'cache-control': 'no-store' },
    })
    const declared = answerSchema('GET', `/reports/${name}`)
    t.strictSame(declared === undefined ? ['no schema'] : [...Value.Errors(declared, answer.body)], [], name)
    if (name !== 'sign-ins') t.equal(answer.body.items.length, 30)
    t.notMatch(JSON.stringify(answer.body), /@|\|/, 'nothing of a person')
    const year = await staff.send('GET', `/reports/${name}?from=2025-11-20&to=2026-11-20`)
    t.equal(year.status, 200, 'a year and a day')
  }
  for (const query of [
    'from=2025-11-19&to=2026-11-20',
    'from=2026-11-21&to=2026-11-20',
    'from=2026-02-30&to=2026-03-02',
    'from=2026-13-01',
    'from=20261101',
    "from=2026-11-01'",
    'to=infinity',
    'day=2026-11-01',
    'from=2026-11-01&from=2026-11-02',
  ]) {
    const answer = await staff.send('GET', `/reports/activity?${query}`)
    t.match(answer, { status: 400, body: { code: 'A0U_QUERY_INVALID', faults: [{ field: String }] } }, query)
  }
})

t.test('a report of a short range in a large table is answered by its index', async t => {
  const { pool } = await testDatabase(t)
  await pool.query(`
    insert into accounts_user (auth0_id, created_at)
    select 'auth0|' || n, timestamptz '2026-01-01' + n * interval '5 minutes' from generate_series(1, 50000) n`)
  await pool.query(`
    insert into accounts_daily_activity select d::date, 'c' || n, 1, 1
    from generate_series(timestamptz '2000-01-01', '2026-11-20', '1 day') d, generate_series(1, 5) n`)
  await pool.query('analyze')
  const ran: CompiledQuery[] = []
  const db = new Kysely<Auth0UsersTables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void ran.push(query),
  })
  const reports = createReports({ db, required: ['phone'], now: () => today })
  const range = { from: '2026-03-01', to: '2026-03-07' }
  for (const report of Object.values(reports)) await report(range)
  t.equal(ran.length, 5)
  for (const { sql, parameters } of ran) {
    const { rows } = await pool.query(`explain ${sql}`, [...parameters])
    const plan = rows.map(row => row['QUERY PLAN']).join('\n')
    t.match(plan, /accounts_user_created_day|accounts_daily_activity_pkey/, sql.slice(0, 80))
    t.notMatch(plan, /Seq Scan/, plan)
  }
})
