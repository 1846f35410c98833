import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { accountApp } from '../profile/account.ts'

const day = 86_400

t.test('purging deletes what is older than configured, in small batches, by the clock of the app', async t => {
  let time = Date.now()
  const { app, person, database } = await accountApp(t, { now: () => time })
  const { db } = database
  const { id } = (await (await person('auth0|1')).get()).body
  const sessions = Array.from({ length: 25 }, (_, n) => ({
    ...{ user_id: id, hash: Buffer.from(randomUUID().replaceAll('-', '').padEnd(32)) },
    ...{ last_seen_at: new Date(time), created_at: new Date(time), expires_at: new Date(time - n * day * 1000 + 1000) },
  }))
  await db.insertInto('accounts_session').values(sessions).execute()
  await sql`
    insert into accounts_audit (user_id, action, at)
    select ${id}, 'profile.updated', now() - interval '400 days' from generate_series(1, 50)`.execute(db)
  const { purge } = app.auth0Users.privacy
  t.strictSame(await purge({}), { audit: 0, sessions: 0 }, 'what is not named is kept')
  t.strictSame(await purge({ sessionsOlderThan: 10 * day, batch: 4 }), { audit: 0, sessions: 14 })
  t.strictSame(await purge({ sessionsOlderThan: 10 * day, auditOlderThan: 365 * day, batch: 7 }), {
    audit: 0,
    sessions: 0,
  })
  // The first entry, of today, stands before the old ones: they wait for it.
  const other = randomUUID()
  await sql`
    insert into accounts_audit (user_id, action, at)
    select ${other}, 'profile.updated', now() - interval '400 days' from generate_series(1, 50)`.execute(db)
  t.strictSame(await purge({ auditOlderThan: 365 * day, batch: 7 }), { audit: 50, sessions: 0 })
  t.match(await app.auth0Users.audit.verify(other), { ok: true, checked: 0, purged: 50 })
  t.match(await app.auth0Users.audit.verify(id), { ok: true, checked: 51, purged: 0 })
  time += 1001
  t.strictSame(await purge({ sessionsOlderThan: 0 }), { audit: 0, sessions: 11 })
})

t.test('terms that are none are refused before anything is deleted', async t => {
  const { app } = await accountApp(t)
  const { purge } = app.auth0Users.privacy
  for (const [given, field] of [
    [{ auditOlderThan: 3600 }, 'auditOlderThan'],
    [{ auditOlderThan: Number.NaN }, 'auditOlderThan'],
    [{ sessionsOlderThan: -1 }, 'sessionsOlderThan'],
    [{ sessionsOlderThan: Number.POSITIVE_INFINITY }, 'sessionsOlderThan'],
    [{ batch: 0 }, 'batch'],
    [{ batch: 2.5 }, 'batch'],
    [{ batch: 10_001 }, 'batch'],
  ] as const) {
    await t.rejects(purge(given), { code: 'A0U_OPTIONS_INVALID', faults: [{ field }] })
  }
})
