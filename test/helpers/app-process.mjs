/*
 * One process of a fleet: an app with the plugin, for tests of what happens between processes.
 * Started by `app-process.ts` with its settings as JSON in argv; prints its origin when it listens.
 */
import fastify from 'fastify'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import auth0Users, { pgChangeFeed } from '#plugin/index.js'

const { url, domain, audience, feed = false, afterCreate = true, plugin = {} } = JSON.parse(process.argv[2])
const pool = new pg.Pool({ connectionString: url, max: 10 })
// a connection that ends, idle or in use, must not end the process
pool.on('error', () => {})
pool.on('connect', client => client.on('error', () => {}))
let statements = {}
const log = ({ query }) => {
  const [what] = /^(?:insert into|[a-z]+)(?: "\w+")?/.exec(query.sql) ?? ['other']
  statements[what] = (statements[what] ?? 0) + 1
}
const db = new Kysely({ dialect: new PostgresDialect({ pool }), log })

const app = fastify()
await app.register(auth0Users, {
  domain,
  audience,
  db,
  ...plugin,
  cache: { ...plugin.cache, ...(feed ? { changes: pgChangeFeed(pool) } : {}) },
  hooks: afterCreate
    ? { afterCreate: (user, { trx }) => sql`insert into hook_run values (${user.id})`.execute(trx) }
    : {},
})
app.get('/me', request => request.getUser())
app.get('/can', ({ auth }) => (plugin.permissions ?? []).filter(permission => auth.can(permission)))
app.get('/caches', { config: { auth: false } }, () => app.auth0Users.caches())
app.get('/statements', { config: { auth: false } }, () => {
  const since = statements
  statements = {}
  return since
})
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`${origin}\n`)

process.once('SIGTERM', async () => {
  await app.close()
  await db.destroy()
})
