import type { Migrator, MigratorProps } from 'kysely'
import * as kysely from 'kysely'

/** Kysely 0.28 exports its migrator itself; 0.29 does below this subpath, which 0.28 lacks. */
const subpath: string = 'kysely/migration'

/** Kysely's own migrator, of whichever version the host has. */
export async function createMigrator(props: MigratorProps): Promise<Migrator> {
  const home = 'Migrator' in kysely ? kysely : ((await import(subpath)) as typeof kysely)
  return new home.Migrator(props)
}
