// The host of the fresh-host matrix: the plugin beside plugins that it must not disturb.

const body = (database: string): string => `
async function main() {
  const db = new Kysely${database}({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env['DATABASE_URL'] }) }) })
  await migrate(db)
  const issuer = await startLocalIssuer()
  const app = Fastify()
  await app.register(jwt, { secret: 'the secret of the host itself, of 32 bytes' })
  await app.register(auth)
  await app.register(cookie)
  await app.register(session, { secret: 'the secret of the session plugin, 32 bytes', cookie: { secure: false } })
  await app.register(caching, { privacy: caching.privacy.NOCACHE })
  await app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db })
  app.get('/hello', async request => ({ hello: request.getUser().username }))
  app.get('/open', { config: { auth: false } }, async () => ({ status: 'ok' }))
  app.get('/own', { config: { auth: false }, preHandler: app.auth([async request => { await request.jwtVerify() }]) }, async request => {
    return { session: typeof request.session.sessionId, user: request.user }
  })

  const bearer = (token${database === '' ? '' : ': string'}) => ({ authorization: 'Bearer ' + token })
  const get = (url${database === '' ? '' : ': string'}, headers = {}) => app.inject({ url, headers })
  const hello = await get('/hello', bearer(await issuer.token({ sub: 'auth0|ada' })))
  const own = await get('/own', bearer(app.jwt.sign({ name: 'of the host' }, { noTimestamp: true })))
  const statuses = [(await get('/open')).statusCode, (await get('/hello')).statusCode, hello.statusCode, own.statusCode]
  await app.close()
  await issuer.close()
  await db.destroy()
  console.log(JSON.stringify({ statuses, hello: hello.json(), own: own.json(), browser: typeof newTabStorage }))
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
`

const plugins = [
  ['auth', '@fastify/auth'],
  ['caching', '@fastify/caching'],
  ['cookie', '@fastify/cookie'],
  ['jwt', '@fastify/jwt'],
  ['session', '@fastify/session'],
  ['Fastify', 'fastify'],
  ['pg', 'pg'],
]

const named = [
  ['newTabStorage', 'fastify-auth0-users/browser'],
  ['migrate', 'fastify-auth0-users/migrations'],
  ['startLocalIssuer', 'fastify-auth0-users/testing'],
]

/** An ES module in TypeScript. */
export const typescriptHost = [
  ...plugins.map(([name, from]) => `import ${name} from '${from}'`),
  "import auth0Users, { type Auth0UsersTables } from 'fastify-auth0-users'",
  ...named.map(([name, from]) => `import { ${name} } from '${from}'`),
  "import { Kysely, PostgresDialect } from 'kysely'",
  body('<Auth0UsersTables>'),
].join('\n')

/** CommonJS, by `require`. */
export const commonJsHost = [
  ...plugins.map(([name, from]) => `const ${name} = require('${from}')`),
  "const auth0Users = require('fastify-auth0-users').default",
  ...named.map(([name, from]) => `const { ${name} } = require('${from}')`),
  "const { Kysely, PostgresDialect } = require('kysely')",
  body(''),
].join('\n')

/** CommonJS in TypeScript: that types resolve there too. */
export const commonJsTypes = `import auth0Users = require('fastify-auth0-users')
import kit = require('fastify-auth0-users/testing')
export const plugin: typeof auth0Users.default = auth0Users.default
export const start: () => Promise<kit.LocalIssuer> = kit.startLocalIssuer
`

/** Our migrations among those of the host, by Kysely's own types, wherever its version has them. */
export const providerTypes = (home: string): string => `import { migrations } from 'fastify-auth0-users/migrations'
import { type MigrationProvider, Migrator } from '${home}'
import type { Kysely } from 'kysely'
export function migrator(db: Kysely<unknown>, own: MigrationProvider): Migrator {
  const provider: MigrationProvider = {
    getMigrations: async () => ({ ...(await migrations().getMigrations()), ...(await own.getMigrations()) }),
  }
  return new Migrator({ db, provider, allowUnorderedMigrations: true })
}
`

/** What a host prints. */
export const expected = {
  statuses: [200, 401, 200, 200],
  hello: { hello: 'auth0.ada' },
  own: { session: 'string', user: { name: 'of the host' } },
  browser: 'function',
}
