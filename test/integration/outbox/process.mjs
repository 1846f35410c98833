/*
 * One process for tests of what a sudden end leaves: a subscriber that notes what it handles, or a writer that changes
 * users. Started with its settings as JSON in argv; prints a line when it works.
 */
import { setTimeout as pause } from 'node:timers/promises'
import fastify from 'fastify'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import auth0Users from '#plugin/index.js'

const { role, url, users = [] } = JSON.parse(process.argv[2])
const pool = new pg.Pool({ connectionString: url, max: 8 })
pool.on('error', () => {})
const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
const app = fastify()
await app.register(auth0Users, { domain: 'http://127.0.0.1:9', audience: 'none', db })
await app.ready()

if (role === 'subscriber') {
  await app.auth0Users.outbox.subscribe('all', async entry => {
    const { rows } = await sql`
      insert into handled (entry_id, user_id, pid) values (${entry.id}, ${entry.user_id}, ${process.pid}) returning n`.execute(
      db,
    )
    await pause(Math.random() * 4)
    await sql`update handled set done = true where n = ${rows[0].n}`.execute(db)
  })
  process.stdout.write('ready\n')
} else {
  process.stdout.write('ready\n')
  for (;;) {
    const one = users[Math.floor(Math.random() * users.length)]
    const two = users[Math.floor(Math.random() * users.length)]
    const [first, second] = [one, two].sort()
    await db
      .transaction()
      .execute(async trx => {
        await sql`insert into accounts_audit (user_id, action) values (${first}, 'a')`.execute(trx)
        if (Math.random() < 0.3) await pause(Math.random() * 50)
        if (second !== first)
          await sql`insert into accounts_audit (user_id, action) values (${second}, 'b')`.execute(trx)
        if (Math.random() < 0.1) throw new Error('rolled back')
      })
      .catch(() => undefined)
  }
}
