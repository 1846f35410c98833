import type { Kysely } from 'kysely'
import type { TableOptions } from '../../db/handle.ts'
import { migrations } from '../../db/migrations/provider.ts'
import { tableIdentifiers } from '../../db/names.ts'
import type { Auth0UsersTables, TableName } from '../../db/schema.ts'
import { type Check, failed, ok } from './check.ts'
import { selectRelations, selectRunMigrations, selectServerVersion, selectTriggers } from './database.repository.ts'
import { checkRowSecurity } from './row-security.ts'

/** `gen_random_uuid` is built in since then. */
const oldestServer = 130_000

/** Written as a record, so that the compiler misses a table that is missing here. */
const tableNames: Readonly<Record<TableName, true>> = {
  accounts_user: true,
  accounts_identity: true,
  accounts_group: true,
  accounts_group_permission: true,
  accounts_user_group: true,
  accounts_user_permission: true,
  accounts_consent: true,
  accounts_api_token: true,
  accounts_session: true,
  accounts_audit: true,
  accounts_audit_chain: true,
  accounts_audit_check: true,
  accounts_tombstone: true,
  accounts_ended_sid: true,
  accounts_dpop_proof: true,
  accounts_auth0_event: true,
  accounts_auth0_subject: true,
  accounts_daily_activity: true,
  accounts_report_activity: true,
  accounts_report_sign_in: true,
  accounts_report_registration: true,
  accounts_outbox: true,
  accounts_outbox_state: true,
  accounts_outbox_subscription: true,
  accounts_outbox_cursor: true,
  accounts_outbox_blocked: true,
  accounts_organization: true,
  accounts_organization_end: true,
  accounts_membership: true,
  accounts_membership_end: true,
  accounts_membership_permission: true,
  accounts_invitation: true,
}

/** What each request or write relies on, without the table prefix. */
const indexNames = [
  'user_auth0_id_key',
  'user_address_key',
  'user_username_key',
  'user_group_group_id',
  'identity_user_id',
  'consent_user_id_purpose_id',
  'audit_user_id_id',
  'audit_user_id_position_key',
  'api_token_hash_key',
  'session_hash_key',
  'user_search_username',
  'user_search_name',
  'user_search_last_name',
  'outbox_shard_place',
  'outbox_user_place',
]

/** What guards the audit log and writes the outbox. */
const triggerNames = ['audit_append', 'audit_append_only', 'audit_purged', 'audit_outbox']

/** Whether the database is there with all that the plugin needs. Rejects when it cannot be reached. */
export async function checkDatabase(db: Kysely<Auth0UsersTables>, tables: TableOptions): Promise<Check[]> {
  const version = await selectServerVersion(db)
  const relations = await selectRelations(db, tables)
  const { plain } = tableIdentifiers(tables)
  const wanted = Object.keys(tableNames).map(name => plain(name.slice('accounts_'.length)))
  return [
    checkVersion(version),
    present('tables', 'tables', wanted, relations, migrate),
    await checkMigrations(db, tables, relations.has(plain('migration'))),
    present(
      'indexes',
      'indexes',
      indexNames.map(plain),
      relations,
      'create them again; an index that is not valid must be dropped first',
    ),
    present(
      'triggers',
      'triggers of the audit trail',
      triggerNames.map(plain),
      await selectTriggers(db, tables),
      migrate,
    ),
    await checkRowSecurity(db, tables),
  ]
}

const migrate = 'run `npx fastify-auth0-users migrate`, or the migrations of your own runner'

function checkVersion(version: number): Check {
  const text = `PostgreSQL ${Math.floor(version / 10_000)}`
  if (version >= oldestServer) return ok('database', `${text} responds`)
  return failed('database', `${text} is too old`, 'use PostgreSQL 13 or later')
}

function present(
  name: string,
  what: string,
  wanted: readonly string[],
  there: ReadonlySet<string>,
  remedy: string,
): Check {
  const missing = wanted.filter(one => !there.has(one))
  if (missing.length === 0) return ok(name, `all ${wanted.length} ${what} are there`)
  return failed(name, `${missing.length} of ${wanted.length} ${what} are missing: ${missing.join(', ')}`, remedy)
}

/** A host that runs the migrations itself records them in a table of its own. */
async function checkMigrations(db: Kysely<Auth0UsersTables>, tables: TableOptions, recorded: boolean): Promise<Check> {
  if (!recorded) {
    return {
      name: 'migrations',
      status: 'skipped',
      message: 'not run by `migrate`; those of your own runner are not known here',
    }
  }
  const run = await selectRunMigrations(db, tables)
  const known = Object.keys(await migrations(tables).getMigrations())
  const open = known.filter(name => !run.has(name))
  if (open.length > 0) return failed('migrations', `not run yet: ${open.join(', ')}`, migrate)
  const newer = [...run].filter(name => !known.includes(name))
  if (newer.length === 0) return ok('migrations', `all ${known.length} were run`)
  return failed('migrations', `of a newer version: ${newer.join(', ')}`, 'update fastify-auth0-users')
}
