import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Config } from '../config.ts'
import type { DatabasesConfig } from '../config-databases.ts'
import { databaseNames } from '../databases/databases.ts'
import { startEmbeddedPostgres } from '../embedded/index.ts'
import { StartError } from '../start-error.ts'
import { embeddedNames, openStorage } from '../storage.ts'
import { seedOnce } from './seed.ts'

/**
 * Deletes everything and fills the store anew. In databases of one's own only when `confirmed` is the name
 * of the one in DATABASE_URL. Throws `StartError`.
 *
 * @returns a token of the new demonstration's platform.
 */
export async function resetDemo(config: Config, confirmed?: string): Promise<string | undefined> {
  const given = ownDatabases(config.databases)
  refuseUnconfirmed(given, confirmed)
  if (databaseNames.some(name => config.databases[name].mode === 'embedded')) await dropEmbedded(config)
  for (const url of given) await emptyDatabase(url)

  const storage = await openStorage(config.databases, config.dataDir)
  try {
    return await seedOnce({
      connectionStrings: storage.connectionStrings,
      replicaKeptBy: config.databases.platform_replica.keptBy,
      // No sign-in happens here, so no signing keys are needed.
      auth: { domain: 'http://localhost:1/', audience: config.auth.audience },
    })
  } finally {
    await storage.close()
  }
}

/** Given databases that this app writes to; a replica is none of them. */
function ownDatabases({ default: main, qa_crawler, platform_replica }: DatabasesConfig): string[] {
  const own = [main, qa_crawler, ...(platform_replica.keptBy === 'app' ? [platform_replica] : [])]
  return [...new Set(own.flatMap(config => (config.mode === 'given' ? [config.url] : [])))]
}

function refuseUnconfirmed([first]: readonly string[], confirmed: string | undefined): void {
  if (first === undefined) return
  const { host, pathname } = new URL(first)
  const name = decodeURIComponent(pathname.slice(1))
  if (confirmed === name) return
  throw new StartError(
    `PostgreSQL at ${host}${pathname} is a database of yours; everything in it would be deleted. If that is what you\n` +
      `want: npm run demo:reset -- --delete-everything-in=${name}`,
  )
}

async function dropEmbedded({ databases, dataDir }: Config): Promise<void> {
  const server = await startEmbeddedPostgres({ dataDir }).catch((error: Error) => {
    throw new StartError(error.message, { cause: error })
  })
  for (const name of databaseNames) {
    if (databases[name].mode === 'embedded') await server.dropDatabase(embeddedNames[name])
  }
  await server.stop()
}

async function emptyDatabase(connectionString: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString, max: 1 }) }) })
  try {
    await sql`drop schema if exists pgboss cascade`.execute(db)
    await sql`drop schema public cascade`.execute(db)
    await sql`create schema public`.execute(db)
  } finally {
    await db.destroy()
  }
}
