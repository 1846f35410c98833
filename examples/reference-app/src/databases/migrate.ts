import { migrations as people } from 'fastify-auth0-users/migrations'
import { Kysely, type Migration, type MigrationProvider, Migrator, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { digitalPrMigrations } from '../digital-pr/migrations.ts'
import { prepareQueues } from '../jobs/queue.ts'
import { licenceMigrations } from '../licences/migrations.ts'
import { outboxMigrations } from '../messages/migrations.ts'
import { platformMigrations, platformViewMigrations } from '../platform/migrations.ts'
import { qaCrawlerMigrations } from '../qa-crawler/migrations.ts'
import { storeMigrations } from '../store/migrations.ts'
import type { DefaultDatabase } from './tables.ts'

type Migrations = Readonly<Record<string, Migration>>

/** The plugin's own migrations and those of each feature: one history for the database `default`. */
const defaultProvider: MigrationProvider = {
  getMigrations: async () => ({
    ...(await people().getMigrations()),
    ...storeMigrations,
    ...licenceMigrations,
    ...digitalPrMigrations,
    ...outboxMigrations,
    ...platformViewMigrations,
  }),
}

/** Brings `default` up to date, with the queues of the background work. Safe when several processes start at once. Rejects with the error of the database. */
export function migrateDefault(connectionString: string): Promise<void> {
  return withHandle<DefaultDatabase>(connectionString, async db => {
    await adoptOwnHistory(db)
    await run(db, defaultProvider, 'kysely_migration')
    await prepareQueues(db)
  })
}

/** The same for `qa_crawler`. */
export function migrateQaCrawler(connectionString: string): Promise<void> {
  return withHandle(connectionString, db => run(db, fixed(qaCrawlerMigrations), 'qa_crawler_migration'))
}

/** The same for a `platform_replica` that this app keeps itself; a replica of PostgreSQL is never migrated. */
export function migratePlatformReplica(connectionString: string): Promise<void> {
  return withHandle(connectionString, db => run(db, fixed(platformMigrations), 'platform_migration'))
}

function fixed(migrations: Migrations): MigrationProvider {
  return { getMigrations: async () => ({ ...migrations }) }
}

async function run<Database>(db: Kysely<Database>, provider: MigrationProvider, table: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider,
    // Later migrations of the plugin sort before ours that were run already.
    allowUnorderedMigrations: true,
    migrationTableName: table,
    migrationLockTableName: `${table}_lock`,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

/**
 * A database that the plugin's own runner has migrated (earlier versions of this app, or its command
 * line) goes on in this app's history instead of beginning anew.
 */
async function adoptOwnHistory<Database>(db: Kysely<Database>): Promise<void> {
  await db.transaction().execute(async trx => {
    await sql`select pg_advisory_xact_lock(hashtext('reference-app history'))`.execute(trx)
    const { rows } = await sql<{ own: string | null; ours: string | null }>`
      select to_regclass('accounts_migration')::text as own, to_regclass('kysely_migration')::text as ours`.execute(trx)
    if (rows[0]?.own == null || rows[0].ours !== null) return
    await sql`alter table accounts_migration rename to kysely_migration`.execute(trx)
    await sql`drop table if exists accounts_migration_lock`.execute(trx)
  })
}

/** A separate connection, without a limit on the time of a statement. */
async function withHandle<Database>(
  connectionString: string,
  work: (db: Kysely<Database>) => Promise<void>,
): Promise<void> {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'reference-app-migrate',
    max: 2,
    connectionTimeoutMillis: 5000,
  })
  // A connection that breaks while idle also fails the query that comes next; that failure is the one reported.
  pool.on('error', () => {})
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  try {
    await work(db)
  } finally {
    await db.destroy()
  }
}
