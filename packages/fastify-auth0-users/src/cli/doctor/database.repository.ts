import { sql } from 'kysely'
import type { Db, TableOptions } from '../../db/handle.ts'
import { tableIdentifiers } from '../../db/names.ts'

/** Such as 160004. */
export async function selectServerVersion(db: Db): Promise<number> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(db)
  return Number(rows[0]?.version)
}

/** The names of our relations that are there: tables, views, usable indexes. */
export async function selectRelations(db: Db, { schema }: TableOptions): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_index i on i.indexrelid = c.oid
    where n.nspname = coalesce(${schema ?? null}::text, current_schema()) and coalesce(i.indisvalid, true)`.execute(db)
  return new Set(rows.map(row => row.name))
}

/** The names of the enabled triggers on our tables. */
export async function selectTriggers(db: Db, { schema }: TableOptions): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    select t.tgname as name from pg_trigger t
    join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = coalesce(${schema ?? null}::text, current_schema()) and t.tgenabled <> 'D'`.execute(db)
  return new Set(rows.map(row => row.name))
}

/** The migrations that our own runner recorded; their table must be there. */
export async function selectRunMigrations(db: Db, tables: TableOptions): Promise<Set<string>> {
  const table = tableIdentifiers(tables).qualified('migration')
  const { rows } = await sql<{ name: string }>`select name from ${table}`.execute(db)
  return new Set(rows.map(row => row.name))
}
