import { envExample, type Files, type Flavour } from './template.ts'

/** The files that bring the plugin into a Fastify app that is there, below `base` (`src/` or nothing). */
export function existingApp(flavour: Flavour, base: string): Files {
  const { ending } = flavour
  return {
    '.env.example': envExample,
    [`${base}auth0-users/plugin.${ending}`]: plugin(flavour),
    [`${base}auth0-users/plugin.test.${ending}`]: test(flavour),
  }
}

const plugin = ({
  ts,
}: Flavour): string => `import auth0Users, { ${ts('type Auth0UsersOptions, type Auth0UsersTables, ')}optionsFromEnv } from 'fastify-auth0-users'
import { migrate } from 'fastify-auth0-users/migrations'
${ts("import type { FastifyInstance } from 'fastify'\nimport type { Kysely } from 'kysely'\n")}
/**
 * Makes the tables and protects the routes. Call it before the routes are declared:
 *
 *     await registerAuth0Users(app, db)
 *
 * \`protect: 'declared'\` protects the routes that say \`config: { auth: true }\` and leaves the others as they
 * were. Without it every route is protected that does not say \`config: { auth: false }\`: take it away when you are ready.
 */
export async function registerAuth0Users${ts('<Database extends Auth0UsersTables>')}(
  app${ts(': FastifyInstance')},
  db${ts(': Kysely<Database>')},
  auth0${ts(": Pick<Auth0UsersOptions, 'domain' | 'audience' | 'test'>")} = optionsFromEnv(process.env),
)${ts(': Promise<void>')} {
  await migrate(db)
  await app.register(auth0Users, { ...auth0, db, protect: 'declared' })
}
`

const test = ({ ts, ending }: Flavour): string => `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import Fastify from 'fastify'
${ts("import type { Auth0UsersTables } from 'fastify-auth0-users'\n")}import { startLocalIssuer } from 'fastify-auth0-users/testing'
import { Kysely } from 'kysely'
import { PGliteDialect } from 'kysely-pglite-dialect'
import { registerAuth0Users } from './plugin.${ending === 'ts' ? 'js' : ending}'

test('a declared route asks for a token, and others stay as they were', async t => {
  const db = new Kysely${ts('<Auth0UsersTables>')}({ dialect: new PGliteDialect(await PGlite.create()) })
  const issuer = await startLocalIssuer()
  const app = Fastify()
  t.after(async () => {
    await app.close()
    await issuer.close()
    await db.destroy()
  })
  await registerAuth0Users(app, db, { domain: issuer.domain, audience: issuer.audience })
  app.get('/open', async () => 'open')
  app.get('/me', { config: { auth: true } }, async request => request.getUser().username)

  const authorization = \`Bearer \${await issuer.token({ sub: 'auth0|ada' })}\`
  assert.equal((await app.inject('/open')).statusCode, 200)
  assert.equal((await app.inject('/me')).statusCode, 401)
  assert.equal((await app.inject({ url: '/me', headers: { authorization } })).body, 'auth0.ada')
})
`
