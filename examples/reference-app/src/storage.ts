import type { DatabaseConfig, DatabasesConfig } from './config-databases.ts'
import { type DatabaseName, databaseNames } from './databases/databases.ts'
import { migrateDefault, migratePlatformReplica, migrateQaCrawler } from './databases/migrate.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded/index.ts'
import { errorCode, errorMessage, StartError } from './start-error.ts'

/** Databases that can be reached and are migrated. */
export interface Storage {
  readonly connectionStrings: Readonly<Record<DatabaseName, string>>
  /** For the start message; never holds a password. */
  readonly description: string
  close(): Promise<void>
}

/** The databases of the embedded server. */
export const embeddedNames: Readonly<Record<DatabaseName, string>> = {
  default: 'reference_app',
  qa_crawler: 'qa_crawler',
  platform_replica: 'platform_replica',
}

/** The variable that says where each is, for advice. */
const variables: Readonly<Record<DatabaseName, string>> = {
  default: 'DATABASE_URL',
  qa_crawler: 'QA_CRAWLER_DATABASE_URL',
  platform_replica: 'PLATFORM_REPLICA_DATABASE_URL',
}

/** Starts the embedded server where one is needed, and brings the tables up to date. Throws `StartError`. */
export async function openStorage(config: DatabasesConfig, dataDir: string): Promise<Storage> {
  const isEmbedded = databaseNames.some(name => config[name].mode === 'embedded')
  const server = isEmbedded ? await startServer(dataDir) : undefined
  const close = async (): Promise<void> => server?.stop()
  try {
    const connectionStrings = await prepare(config, server)
    return { connectionStrings, description: describe(config, server), close }
  } catch (error) {
    await close()
    throw error
  }
}

function startServer(dataDir: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir }).catch((error: unknown) => {
    throw new StartError(`The embedded PostgreSQL does not start: ${errorMessage(error)}`, { cause: error })
  })
}

async function prepare(
  config: DatabasesConfig,
  server: EmbeddedPostgres | undefined,
): Promise<Readonly<Record<DatabaseName, string>>> {
  const open = async (name: DatabaseName, migrate: (connectionString: string) => Promise<void>): Promise<string> => {
    const connectionString = await locate(name, config[name], server)
    await migrate(connectionString).catch((error: unknown) => {
      throw explain(error, name, config[name])
    })
    return connectionString
  }
  const migrateReplica = config.platform_replica.keptBy === 'app' ? migratePlatformReplica : async () => {}
  // The first one alone: when all of them are wrong, its advice is the one to read.
  const main = await open('default', migrateDefault)
  const [qa_crawler, platform_replica] = await Promise.all([
    open('qa_crawler', migrateQaCrawler),
    open('platform_replica', migrateReplica),
  ])
  return { default: main, qa_crawler, platform_replica }
}

async function locate(
  name: DatabaseName,
  config: DatabaseConfig,
  server: EmbeddedPostgres | undefined,
): Promise<string> {
  if (config.mode === 'given') return config.url
  if (server === undefined) throw new Error('an embedded database without a server')
  await server.createDatabase(embeddedNames[name])
  return server.connectionString(embeddedNames[name])
}

function describe(config: DatabasesConfig, server: EmbeddedPostgres | undefined): string {
  const given = [...new Set(databaseNames.map(name => describeGiven(config[name])))].filter(text => text !== '')
  if (server === undefined) return given.join(', ')
  const embedded = `embedded PostgreSQL on port ${server.port}, data in ${server.dataDir}`
  return [embedded, ...given].join(', ')
}

function describeGiven(config: DatabaseConfig): string {
  if (config.mode === 'embedded') return ''
  const { host, pathname } = new URL(config.url)
  return `PostgreSQL at ${host}${pathname}`
}

/** What to do, by the code of the fault; anything else is passed on as it is. */
function explain(error: unknown, name: DatabaseName, config: DatabaseConfig): unknown {
  const variable = variables[name]
  const advice = adviceFor(errorCode(error), errorMessage(error), variable)
  if (advice === undefined) return error
  const where = describeGiven(config) || 'The embedded PostgreSQL'
  return new StartError(`${where}: ${advice}\nLeave ${variable} out to use the embedded database.`, { cause: error })
}

function adviceFor(code: string, message: string, variable: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `it cannot be reached. Is the server running, and are host and port in ${variable} right?`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name in ${variable} is not known.`
    case '28P01':
    case '28000':
      return `user name or password in ${variable} are not accepted.`
    case '3D000':
      return `this database does not exist. Create it (createdb) or correct ${variable}.`
    case '42501':
      return `the user in ${variable} may not create tables here.`
    case 'A0U_MIGRATION_REFUSED':
      return message
    default:
      return /timeout|terminated/i.test(message)
        ? 'it does not answer in time. Is it a PostgreSQL server, and is it up?'
        : undefined
  }
}
