import { type AuditEvent, recordAll, system } from '../../audit/audit.ts'
import type { Databases, TableOptions, Trx } from '../../db/handle.ts'
import { type Names, tableIdentifiers } from '../../db/names.ts'
import type { Catalogue } from '../../permissions/catalogue.ts'
import { failure } from '../failure.ts'
import { requireSchemaName } from '../settings.ts'
import type { Report } from '../terminal.ts'
import {
  type DjangoLink,
  type DjangoTables,
  insertGrants,
  insertGroupGrants,
  insertGroups,
  insertMemberships,
  selectTables,
  selectUnknownPeople,
  selectUnmappable,
} from './import-django.repository.ts'

export interface ImportOptions {
  /** Where Django's tables are [the search path]. */
  readonly from?: string
  /** Changes nothing and reports what would be. */
  readonly dryRun?: boolean
}

/** How many rows of each kind were added. */
interface Added {
  groups: number
  group_permissions: number
  memberships: number
  permissions: number
}

/** What is there but could not be brought over. */
interface Unmapped {
  /** Names that are not in the catalogue, or are not written as permissions are. */
  readonly permissions: readonly string[]
  /** Django's ids of people who have no row here. */
  readonly people: readonly string[]
}

const required = ['auth_group', 'auth_permission', 'django_content_type', 'auth_group_permissions']
const memberTables: readonly DjangoLink[] = [
  { table: 'accounts_user_groups', people: 'same ids' },
  { table: 'auth_user_groups', people: 'by username' },
]
const grantTables: readonly DjangoLink[] = [
  { table: 'accounts_user_user_permissions', people: 'same ids' },
  { table: 'auth_user_user_permissions', people: 'by username' },
]

/** Audit entries of one statement. */
const auditBatch = 1000

/**
 * Brings groups, their permissions, memberships and the permissions of people from Django's tables in
 * the same database, in one transaction. What is there already stays, so it can be run again; what was
 * taken away in Django since is not taken away here.
 */
export async function importDjango(
  databases: Databases,
  tables: TableOptions,
  { from, dryRun = false }: ImportOptions,
  catalogue: Catalogue | null,
): Promise<Report> {
  if (from !== undefined) requireSchemaName(from, '--from')
  const work: Work = {
    ours: tableIdentifiers(tables),
    django: { schema: from ?? null },
    allowed: catalogue === null ? null : [...catalogue],
  }
  const { added, unmapped } = await inTransaction(databases, dryRun, trx => importIn(trx, work))
  return { ok: true, lines: linesOf(added, unmapped, dryRun), fields: { dry_run: dryRun, added, unmapped } }
}

interface Work {
  readonly ours: Names
  readonly django: DjangoTables
  readonly allowed: readonly string[] | null
}

interface Outcome {
  readonly added: Added
  readonly unmapped: Unmapped
}

/** A dry run is rolled back by a throw that carries its outcome. */
async function inTransaction(
  databases: Databases,
  dryRun: boolean,
  work: (trx: Trx) => Promise<Outcome>,
): Promise<Outcome> {
  let outcome: Outcome | undefined
  const rollback = new Error('dry run')
  try {
    await databases.transaction(async trx => {
      outcome = await work(trx)
      if (dryRun) throw rollback
    })
  } catch (error) {
    if (error !== rollback) throw error
  }
  if (outcome === undefined) throw new Error('the import returned nothing')
  return outcome
}

async function importIn(trx: Trx, work: Work): Promise<Outcome> {
  const { django, ours, allowed } = work
  const links = [...memberTables, ...grantTables]
  const there = await selectTables(trx, django, [...required, 'auth_user', ...links.map(({ table }) => table)])
  const missing = required.filter(name => !there.has(name))
  if (missing.length > 0) throw failure(`Django's tables are not here: ${missing.join(', ')}; say where with --from`)
  const usable = (all: readonly DjangoLink[]): readonly DjangoLink[] =>
    all.filter(({ table, people }) => there.has(table) && (people === 'same ids' || there.has('auth_user')))
  const [members, grants] = [usable(memberTables), usable(grantTables)]

  const added: Added = { groups: 0, group_permissions: 0, memberships: 0, permissions: 0 }
  added.groups = await importGroups(trx, work)
  added.group_permissions = await importGroupGrants(trx, work)
  for (const link of members) added.memberships += await importMemberships(trx, work, link)
  for (const link of grants) added.permissions += await importGrants(trx, work, link)

  const people = new Set<string>()
  for (const link of [...members, ...grants]) {
    for (const id of await selectUnknownPeople(trx, ours, django, link)) people.add(id)
  }
  const granting = ['auth_group_permissions', ...grants.map(({ table }) => table)]
  const permissions = await selectUnmappable(trx, django, granting, allowed)
  return { added, unmapped: { permissions, people: [...people] } }
}

async function importGroups(trx: Trx, { ours, django }: Work): Promise<number> {
  const groups = await insertGroups(trx, ours, django)
  return await recorded(
    trx,
    groups.map(({ id, name }) => event(id, 'group.created', { group: name })),
  )
}

async function importGroupGrants(trx: Trx, { ours, django, allowed }: Work): Promise<number> {
  const grants = await insertGroupGrants(trx, ours, django, allowed)
  return await recorded(
    trx,
    grants.map(({ group_id, name, permission }) =>
      event(group_id, 'group.permission_granted', { group: name, permission }),
    ),
  )
}

async function importMemberships(trx: Trx, { ours, django }: Work, link: DjangoLink): Promise<number> {
  const memberships = await insertMemberships(trx, ours, django, link)
  return await recorded(
    trx,
    memberships.map(({ user_id, group_id, name }) => event(user_id, 'group.joined', { group_id, group: name })),
  )
}

async function importGrants(trx: Trx, { ours, django, allowed }: Work, link: DjangoLink): Promise<number> {
  const grants = await insertGrants(trx, ours, django, link, allowed)
  return await recorded(
    trx,
    grants.map(({ user_id, permission }) => event(user_id, 'permission.granted', { permission })),
  )
}

function event(userId: string, action: AuditEvent['action'], detail: Readonly<Record<string, string>>): AuditEvent {
  return { ...system, userId, action, fields: [], detail: { ...detail, source: 'django' } }
}

async function recorded(trx: Trx, events: readonly AuditEvent[]): Promise<number> {
  for (let at = 0; at < events.length; at += auditBatch) await recordAll(trx, events.slice(at, at + auditBatch))
  return events.length
}

function linesOf(added: Added, { permissions, people }: Unmapped, dryRun: boolean): string[] {
  const counts = `${added.groups} groups, ${added.group_permissions} permissions of groups, ${added.memberships} memberships, ${added.permissions} permissions of people`
  return [
    `${dryRun ? 'would add' : 'added'} ${counts}`,
    ...(permissions.length === 0 ? [] : [`permissions that could not be mapped: ${permissions.join(', ')}`]),
    ...(people.length === 0 ? [] : [`people of Django who have no row here, by id: ${people.join(', ')}`]),
  ]
}
