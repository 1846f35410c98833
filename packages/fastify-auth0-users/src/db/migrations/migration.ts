import type { Kysely } from 'kysely'

/** One migration, as Kysely has it: its own type stands at another place in 0.28 and 0.29, and both take this one. */
export interface Migration {
  up(db: Kysely<unknown>): Promise<void>
  down?(db: Kysely<unknown>): Promise<void>
}

/** Migrations by name, as Kysely's migrator takes them. */
export interface MigrationProvider {
  getMigrations(): Promise<Record<string, Migration>>
}
