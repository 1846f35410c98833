// How long one process needs, for its parent. `STAGE`: what it does.
import process from 'node:process'

const { STAGE: stage, DATABASE_URL: url } = process.env
const began = performance.now()
const { default: Fastify } = await import('fastify')
const fastify = performance.now()
const { Kysely, PostgresDialect } = await import('kysely')
const { default: pg } = await import('pg')
const database = performance.now()
const { default: auth0Users } = stage === 'bare' ? { default: undefined } : await import('fastify-auth0-users')
const imported = performance.now()

const pool = new pg.Pool({ connectionString: url })
const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
const app = Fastify()
if (auth0Users !== undefined)
  app.register(auth0Users, { domain: 'tenant.eu.auth0.com', audience: 'https://api.example', db })
app.get('/', { config: { auth: false } }, (_request, reply) => {
  reply.send({})
})
await app.ready()
const ready = performance.now()
await app.close()
await db.destroy()
process.send({
  fastify: fastify - began,
  database: database - fastify,
  plugin: imported - database,
  ready: ready - imported,
  all: ready,
})
