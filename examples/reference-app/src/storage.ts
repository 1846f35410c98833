import type { DatabaseConfig } from './config.ts'
import { migrateDatabase } from './database.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { errorCode, errorMessage, StartError } from './start-error.ts'

/** A reachable, migrated database. */
export interface Storage {
  readonly connectionString: string
  /** For the start message; never holds a password. */
  readonly description: string
  close(): Promise<void>
}

const databaseName = 'reference_app'

/** Starts the embedded server or connects to the given one, and brings the tables up to date. Throws `StartError`. */
export async function openStorage(config: DatabaseConfig, dataDir: string): Promise<Storage> {
  const storage = config.mode === 'embedded' ? await openEmbedded(dataDir) : describeGiven(config.url)
  try {
    await migrateDatabase(storage.connectionString)
    return storage
  } catch (error) {
    await storage.close()
    throw explain(error, storage.description)
  }
}

async function openEmbedded(dataDir: string): Promise<Storage> {
  const server = await startEmbeddedPostgres({ dataDir }).catch((error: unknown) => {
    throw new StartError(`The embedded PostgreSQL does not start: ${errorMessage(error)}`, { cause: error })
  })
  const storage = {
    connectionString: server.connectionString(databaseName),
    description: `embedded PostgreSQL on port ${server.port}, data in ${server.dataDir}`,
    close: () => server.stop(),
  }
  try {
    await server.createDatabase(databaseName)
    return storage
  } catch (error) {
    await storage.close()
    throw error
  }
}

function describeGiven(connectionString: string): Storage {
  const { host, pathname } = new URL(connectionString)
  return { connectionString, description: `PostgreSQL at ${host}${pathname}`, close: async () => {} }
}

/** What to do, by the code of the fault; anything else is passed on as it is. */
function explain(error: unknown, description: string): unknown {
  const advice = adviceFor(errorCode(error), errorMessage(error))
  if (advice === undefined) return error
  return new StartError(`${description}: ${advice}\nLeave DATABASE_URL out to use the embedded database.`, {
    cause: error,
  })
}

function adviceFor(code: string, message: string): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'it cannot be reached. Is the server running, and are host and port in DATABASE_URL right?'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name in DATABASE_URL is not known.'
    case '28P01':
    case '28000':
      return 'user name or password in DATABASE_URL are not accepted.'
    case '3D000':
      return 'this database does not exist. Create it (createdb) or correct DATABASE_URL.'
    case '42501':
      return 'the user in DATABASE_URL may not create tables here.'
    case 'A0U_MIGRATION_REFUSED':
      return message
    default:
      return /timeout|terminated/i.test(message)
        ? 'it does not answer in time. Is it a PostgreSQL server, and is it up?'
        : undefined
  }
}
