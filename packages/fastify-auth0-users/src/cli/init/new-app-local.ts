import type { Flavour } from './template.ts'

/** `npm run dev`. */
export const dev = ({
  ts,
  ending,
}: Flavour): string => `// \`npm run dev\`: the app on a PostgreSQL in memory and an issuer of its own, in place of yours and Auth0.
import { PGlite } from '@electric-sql/pglite'
import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import { buildApp } from './app.${ending}'
${ts(`import type { Database } from './database.${ending}'\n`)}import { migrateToLatest } from './migrations.${ending}'

const db = new Kysely${ts('<Database>')}({ dialect: new PGliteDialect(await PGlite.create()) })
await migrateToLatest(db)
const issuer = await startLocalIssuer()
const app = await buildApp({ db, auth0: { domain: issuer.domain, audience: issuer.audience } })
const address = await app.listen({ host: '127.0.0.1', port: Number(process.env${ts("['PORT']") || '.PORT'} ?? 3000) })

const token = await issuer.token({ sub: 'auth0|ada', given_name: 'Ada', email: 'ada@example.test', email_verified: true })
console.log(\`curl \${address}/hello -H "Authorization: Bearer \${token}"\`)
const stop = async () => {
  await app.close()
  await issuer.close()
  await db.destroy()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
`

/** Its test. */
export const test = ({ ts, ending }: Flavour): string => `import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
${ts("import type { FastifyInstance } from 'fastify'\n")}import { ${ts('type LocalIssuer, ')}startLocalIssuer } from 'fastify-auth0-users/testing'
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import { buildApp } from '../src/app.${ending}'
${ts(`import type { Database } from '../src/database.${ending}'\n`)}import { migrateToLatest } from '../src/migrations.${ending}'

let db${ts(': Kysely<Database>')}
let issuer${ts(': LocalIssuer')}
let app${ts(': FastifyInstance')}

before(async () => {
  db = new Kysely${ts('<Database>')}({ dialect: new PGliteDialect(await PGlite.create()) })
  await migrateToLatest(db)
  issuer = await startLocalIssuer()
  app = await buildApp({ db, auth0: { domain: issuer.domain, audience: issuer.audience } })
})

after(async () => {
  await app.close()
  await issuer.close()
  await db.destroy()
})

async function get(url${ts(': string')}, claims${ts('?: Record<string, unknown>')}) {
  const headers = claims === undefined ? {} : { authorization: \`Bearer \${await issuer.token(claims)}\` }
  return await app.inject({ url, headers })
}

test('anyone may ask for the health', async () => {
  assert.equal((await get('/healthz')).statusCode, 200)
})

test('a person without a token is refused', async () => {
  const response = await get('/hello')
  assert.equal(response.statusCode, 401)
  assert.equal(response.json().code, 'A0U_CREDENTIALS_MISSING')
})

test('a person with a token is greeted by name', async () => {
  const response = await get('/hello', { sub: 'auth0|ada', given_name: 'Ada' })
  assert.deepEqual(response.json(), { hello: 'Ada' })
})

test('a person without the permission is refused', async () => {
  const response = await get('/reports', { sub: 'auth0|ada' })
  assert.equal(response.statusCode, 403)
})
`
