import { dev, test } from './new-app-local.ts'
import { dependencies, envExample, type Files, type Flavour, testDependencies, typeDependencies } from './template.ts'

/** The files of a minimal app on the plugin. */
export function newApp(flavour: Flavour, name: string, version: string): Files {
  const { ending, language } = flavour
  return {
    'package.json': manifest(flavour, name, version),
    ...(language === 'typescript' ? { 'tsconfig.json': tsconfig } : {}),
    '.env.example': envExample,
    '.gitignore': 'node_modules/\ndist/\n.env\n',
    [`src/app.${ending}`]: app(flavour),
    [`src/database.${ending}`]: database(flavour),
    [`src/migrations.${ending}`]: migrations(flavour),
    [`src/main.${ending}`]: main(flavour),
    [`src/dev.${ending}`]: dev(flavour),
    [`test/app.test.${ending}`]: test(flavour),
  }
}

/** The scripts of its `package.json`. */
export function scripts({ language }: Flavour): Readonly<Record<string, string>> {
  if (language === 'javascript') {
    return { dev: 'node src/dev.js', start: 'node src/main.js', test: 'node --test test/*.test.js' }
  }
  return {
    build: 'tsc',
    dev: 'tsc && node dist/src/dev.js',
    start: 'tsc && node dist/src/main.js',
    test: 'tsc && node --test dist/test/*.test.js',
  }
}

function manifest(flavour: Flavour, name: string, version: string): string {
  const typed = flavour.language === 'typescript'
  const content = {
    name,
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: scripts(flavour),
    dependencies: { ...dependencies, 'fastify-auth0-users': `^${version}` },
    devDependencies: { ...testDependencies, ...(typed ? typeDependencies : {}) },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023"],
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "rewriteRelativeImportExtensions": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "sourceMap": true,
    "rootDir": ".",
    "outDir": "dist"
  },
  "include": ["src", "test"]
}
`

const app = ({ ts, ending }: Flavour): string => `import Fastify${ts(', { type FastifyInstance }')} from 'fastify'
import auth0Users${ts(', { type Auth0UsersOptions }')} from 'fastify-auth0-users'
${ts(`import type { Kysely } from 'kysely'
import type { Database } from './database.${ending}'

/** Where people are kept and who signs their tokens, so that a test can decide both. */
export interface AppOptions {
  readonly db: Kysely<Database>
  readonly auth0: Pick<Auth0UsersOptions, 'domain' | 'audience' | 'test'>
  readonly logger?: boolean
}
`)}
export async function buildApp({ db, auth0, logger = false }${ts(': AppOptions')})${ts(': Promise<FastifyInstance>')} {
  const app = Fastify({ logger })
  await app.register(auth0Users, { ...auth0, db, permissions: ['report.view_report'] })

  // Public, because it says so; every other route is protected.
  app.get('/healthz', { config: { auth: false } }, async () => ({ status: 'ok' }))
  app.get('/hello', async request => ({ hello: request.getUser().first_name || request.getUser().username }))
  app.get('/reports', { config: { auth: { permissions: 'report.view_report' } } }, async () => [])
  return app
}
`

const database = ({
  ts,
}: Flavour): string => `${ts("import type { Auth0UsersTables } from 'fastify-auth0-users'\n")}import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
${ts(`
/** The tables of this app: add yours beside those of fastify-auth0-users. */
export interface Database extends Auth0UsersTables {}
`)}
/** Opens a pool; no connection is made before the first query. */
export function connect(connectionString${ts(': string')})${ts(': Kysely<Database>')} {
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000, statement_timeout: 10_000 })
  // A connection that the server ends is an error event, and one without a listener ends the process.
  const lost = (error${ts(': Error')}) => console.warn('a database connection ended:', error.message)
  pool.on('error', lost)
  pool.on('connect', client => client.on('error', lost))
  return new Kysely${ts('<Database>')}({ dialect: new PostgresDialect({ pool }) })
}
`

const migrations = ({ ts, ending }: Flavour): string => `import { migrations } from 'fastify-auth0-users/migrations'
import { ${ts('type Kysely, type Migration, ')}Migrator } from 'kysely'
${ts(`import type { Database } from './database.${ending}'\n`)}
/** Migrations of this app, run in the order of their names, such as \`app_0001_assets\`. They may refer to accounts_user. */
const own${ts(': Record<string, Migration>')} = {}

/** Brings all tables up to date, and resolves to the names of the migrations that ran now. */
export async function migrateToLatest(db${ts(': Kysely<Database>')})${ts(': Promise<string[]>')} {
  const provider = { getMigrations: async () => ({ ...(await migrations().getMigrations()), ...own }) }
  const { error, results = [] } = await new Migrator({ db, provider, allowUnorderedMigrations: true }).migrateToLatest()
  if (error !== undefined) throw error
  return results.map(({ migrationName }) => migrationName)
}
`

const main = ({ ending }: Flavour): string => `import { existsSync } from 'node:fs'
import { optionsFromEnv } from 'fastify-auth0-users'
import { buildApp } from './app.${ending}'
import { connect } from './database.${ending}'
import { migrateToLatest } from './migrations.${ending}'

if (existsSync('.env')) process.loadEnvFile()
const { DATABASE_URL, HOST = '127.0.0.1', PORT = '3000' } = process.env
if (DATABASE_URL === undefined) throw new Error('DATABASE_URL is not set; .env.example shows what is needed')

const db = connect(DATABASE_URL)
await migrateToLatest(db)
const app = await buildApp({ db, auth0: optionsFromEnv(process.env), logger: true })
const stop = async () => {
  await app.close() // what waits to be written is written here, so the database closes after it
  await db.destroy()
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)
await app.listen({ host: HOST, port: Number(PORT) })
`
