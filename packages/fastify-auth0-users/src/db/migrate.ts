import type { Kysely } from 'kysely'
import { Auth0UsersError } from '../errors.ts'
import type { TableOptions } from './handle.ts'
import { migrations } from './migrations/provider.ts'
import { createMigrator } from './migrator.ts'
import { tableIdentifiers } from './names.ts'

/**
 * Brings the tables of this plugin up to date, for hosts without a migration run of their own.
 * Safe to call from several processes at once; a second call does nothing.
 *
 * @returns the names of the migrations that were run now.
 * @throws Auth0UsersError `A0U_MIGRATION_REFUSED` when the existing tables do not fit, or were
 *   migrated by a newer version of this package; any error of the database as it came.
 */
export async function migrate<DB>(db: Kysely<DB>, options: TableOptions = {}): Promise<string[]> {
  const names = tableIdentifiers(options)
  const migrator = await createMigrator({
    // A CamelCasePlugin of the host would rename the columns that the migrations look up.
    db: db.withoutPlugins(),
    provider: migrations(options),
    migrationTableName: names.plain('migration'),
    migrationLockTableName: names.plain('migration_lock'),
    ...(names.schema === undefined ? {} : { migrationTableSchema: names.schema }),
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw refusal(error)
  return (results ?? []).map(result => result.migrationName)
}

function refusal(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.startsWith('corrupted migrations')) return error
  return new Auth0UsersError('A0U_MIGRATION_REFUSED', {
    cause: error,
    faults: [
      {
        field: 'migrations',
        message: 'the database was migrated by a newer version of fastify-auth0-users; update the package',
      },
    ],
  })
}
