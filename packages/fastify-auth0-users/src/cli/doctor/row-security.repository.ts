import { sql } from 'kysely'
import type { Db } from '../../db/handle.ts'

/** A table with a column `organization_id`. */
export interface OrganizationTableRow {
  readonly schema: string
  readonly name: string
  /** Whether its policies hold for its owner too, and one of them reads `app.organization_id`. */
  readonly guarded: boolean
}

/** Every table with the column, ours included; partitions are read through their table, with its policies. */
export async function selectOrganizationTables(db: Db): Promise<OrganizationTableRow[]> {
  const { rows } = await sql<OrganizationTableRow>`
    select n.nspname as schema, c.relname as name,
      c.relrowsecurity and c.relforcerowsecurity and exists (
        select from pg_policy p where p.polrelid = c.oid
        and pg_get_expr(p.polqual, p.polrelid) like '%app.organization_id%') as guarded
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
    order by n.nspname, c.relname`.execute(db)
  return rows
}

/** The role of the connection, if policies do not hold for it, and the roles with BYPASSRLS that can log in. */
export async function selectBypassingRoles(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select rolname as name from pg_roles
    where (rolname = current_user and (rolsuper or rolbypassrls)) or (rolbypassrls and rolcanlogin and not rolsuper)
    order by rolname`.execute(db)
  return rows.map(row => row.name)
}
