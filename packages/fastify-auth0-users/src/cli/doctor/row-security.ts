import type { Db, TableOptions } from '../../db/handle.ts'
import { tableIdentifiers } from '../../db/names.ts'
import { type Check, ok, warning } from './check.ts'
import { selectBypassingRoles, selectOrganizationTables } from './row-security.repository.ts'

const own = ['membership', 'membership_end', 'membership_permission', 'invitation', 'outbox']

/** Whether the host's tables with a column `organization_id` have policies that hold; for hosts that have any. */
export async function checkRowSecurity(db: Db, tables: TableOptions): Promise<Check> {
  const name = 'row security'
  const { plain } = tableIdentifiers(tables)
  const ours = new Set(own.map(plain))
  const found = (await selectOrganizationTables(db)).filter(table => !ours.has(table.name))
  const open = found.filter(({ guarded }) => !guarded).map(table => `${table.schema}.${table.name}`)
  if (found.length === 0) return ok(name, 'no table of yours has a column organization_id')
  if (open.length > 0) {
    const remedy = `run \`npx fastify-auth0-users policies --table ${open.join(' ')} --column organization_id\``
    return warning(name, `without a forced policy of row-level security: ${open.join(', ')}`, remedy)
  }
  const roles = await selectBypassingRoles(db)
  if (roles.length === 0) return ok(name, `all ${found.length} tables with organization_id have a policy`)
  const remedy = 'connect the app as a role that is neither SUPERUSER nor BYPASSRLS'
  return warning(name, `policies do not hold for: ${roles.join(', ')}`, remedy)
}
