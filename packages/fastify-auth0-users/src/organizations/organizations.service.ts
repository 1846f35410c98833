import { type Actor, record, system } from '../audit/audit.ts'
import { userChanged } from '../db/after-commit.ts'
import { toIso } from '../db/time.ts'
import { isUniqueViolation, reaching } from '../db/unavailable.ts'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { isStorable, isUuid } from '../lib/text.ts'
import { type Change, createRunChange, type OrganizationDeps } from './change.ts'
import { requirePage } from './members.service.ts'
import { insertMemberships, lockActiveUsers, selectMemberIds } from './membership.repository.ts'
import {
  deleteOrganization,
  insertOrganization,
  listOrganizations,
  type OrganizationRow,
  selectByIdOrName,
  selectOrganization,
  updateOrganization,
} from './organization.repository.ts'
import { isOrganizationId, organizationName, ownerRole } from './organization.ts'

/** An organization as staff and code of the host see it. Times are ISO 8601 strings in UTC. */
export interface OrganizationRecord {
  /** uuid, ours. */
  readonly id: string
  /** The name of the Auth0 tenant; null with a single tenant. */
  readonly tenant: string | null
  /** Auth0's id (`org_…`); null for an organization that exists here only. */
  readonly auth0_id: string | null
  readonly name: string
  readonly display_name: string | null
  /** A deactivated organization counts as none in every request. */
  readonly is_active: boolean
  readonly created_at: string
  readonly updated_at: string
}

/** One page of organizations. */
export interface OrganizationPage {
  readonly items: readonly OrganizationRecord[]
  /** Pass as `after` to read on; null on the last page. */
  readonly next: string | null
}

/** What `app.auth0Users.organizations.create` is asked for. */
export interface NewOrganizationRequest {
  /** 1 to 150 characters: a-z, 0-9, `_` and `-`; unique in its tenant. */
  readonly name: string
  readonly displayName?: string | null
  /** Auth0's id, where the organization exists there. */
  readonly auth0Id?: string
  /** The name of the tenant, where there are several. */
  readonly tenant?: string
  /** The first owner. */
  readonly ownerId?: string
}

/** What `app.auth0Users.organizations.update` changes. */
export interface OrganizationUpdate {
  readonly name?: string
  readonly displayName?: string | null
  readonly isActive?: boolean
}

/**
 * Part of `app.auth0Users.organizations`: the organizations themselves. Who may call it is the host's to check. Each
 * rejects with `A0U_DATABASE_UNAVAILABLE`, changes with `A0U_NOT_FOUND` for an unknown organization.
 */
export interface OrganizationDirectory {
  /** By our id, by Auth0's id or by name; null for none. With several tenants, the last two need the tenant. */
  find(idOrName: string, options?: { readonly tenant?: string }): Promise<OrganizationRecord | null>
  /** All of them by id, 1 to 100 a page [20]. */
  list(page?: { readonly after?: string; readonly limit?: number }): Promise<OrganizationPage>
  /** Rejects with `A0U_BODY_INVALID`, `A0U_ORGANIZATION_EXISTS` and, for an unknown owner, `A0U_NOT_FOUND`. */
  create(request: NewOrganizationRequest, actor?: Actor): Promise<OrganizationRecord>
  /** Rejects with `A0U_BODY_INVALID` and `A0U_ORGANIZATION_EXISTS`. */
  update(id: string, change: OrganizationUpdate, actor?: Actor): Promise<OrganizationRecord>
  /** Deletes an organization with its memberships, grants and invitations. No token issued before brings it back. */
  remove(id: string, actor?: Actor): Promise<void>
}

/** Members whose caches are cleared at once after a change of their organization; others follow by the feed or the TTL. */
const maxEvicted = 10_000

export function createOrganizationDirectory(deps: OrganizationDeps): OrganizationDirectory {
  const { databases } = deps
  const run = createRunChange(deps)

  return {
    async find(idOrName, { tenant = null } = {}) {
      const row = await reaching(() => selectAny(deps, idOrName, tenant))
      return row === undefined ? null : toRecord(row)
    },
    async list({ after, limit = 20 } = {}) {
      requirePage(after, limit)
      const rows = await reaching(() => listOrganizations(databases.primary, { after, limit: limit + 1 }))
      const items = rows.slice(0, limit).map(toRecord)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async create(request, actor = system) {
      const { ownerId } = request
      const values = valuesOf(request)
      const row = await reaching(() =>
        databases.transaction(async trx => {
          const isUsable =
            ownerId === undefined || (isUuid(ownerId) && (await lockActiveUsers(trx, [ownerId])).size === 1)
          if (!isUsable) throw new Auth0UsersError('A0U_NOT_FOUND')
          const made = await insertOrganization(trx, values)
          if (made === undefined) throw new Auth0UsersError('A0U_ORGANIZATION_EXISTS')
          await record(trx, { ...actor, userId: made.id, action: 'organization.created', fields: [] })
          if (ownerId === undefined) return made
          const member = { organization_id: made.id, user_id: ownerId, role: ownerRole, told_at: null }
          await insertMemberships(trx, [member])
          const detail = { organization: made.id, role: ownerRole }
          await record(trx, { ...actor, userId: ownerId, action: 'organization.joined', fields: [], detail })
          userChanged(trx, ownerId)
          return made
        }),
      )
      return toRecord(row)
    },
    async update(id, wanted, actor = system) {
      const faults: Fault[] = []
      const values = changeOf(wanted, faults)
      refuse(faults)
      const row = await uniquely(() =>
        run({ organizationId: id }, actor, null, async change => {
          const { row, members } = await applyUpdate(change, values)
          for (const userId of members) userChanged(change.trx, userId)
          return row
        }),
      )
      return toRecord(row)
    },
    async remove(id, actor = system) {
      await run({ organizationId: id }, actor, null, async ({ trx, organization, note }) => {
        const ids = await selectMemberIds(trx, organization.id, maxEvicted)
        await deleteOrganization(trx, organization.id)
        await note('organization.deleted', organization.id)
        for (const userId of ids) userChanged(trx, userId)
      })
    },
  }
}

/** Writes what differs, each kind of change with its own entry in the trail. */
async function applyUpdate(
  { trx, organization, note }: Change,
  values: Values,
): Promise<{ readonly row: OrganizationRow; readonly members: readonly string[] }> {
  const changed = Object.entries(values).filter(([name, value]) => organization[name as keyof Values] !== value)
  if (changed.length === 0) return { row: organization, members: [] }
  const updated = await updateOrganization(trx, organization.id, values)
  const turned = changed.find(([name]) => name === 'is_active')
  if (turned !== undefined)
    await note(turned[1] === true ? 'organization.reactivated' : 'organization.deactivated', organization.id)
  if (changed.length > (turned === undefined ? 0 : 1)) await note('organization.updated', organization.id)
  return { row: updated ?? organization, members: await selectMemberIds(trx, organization.id, maxEvicted) }
}

async function selectAny(
  { databases: { primary } }: OrganizationDeps,
  text: string,
  tenant: string | null,
): Promise<OrganizationRow | undefined> {
  if (isUuid(text)) return await selectOrganization(primary, text)
  if (isOrganizationId(text)) return await selectByIdOrName(primary, { auth0Id: text }, tenant)
  const name = organizationName(text)
  return name === null ? undefined : await selectByIdOrName(primary, { name }, tenant)
}

/** A name that another organization has violates the unique index. */
async function uniquely<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isUniqueViolation(error, 'organization_name_key')) throw new Auth0UsersError('A0U_ORGANIZATION_EXISTS')
    throw error
  }
}

const nameFault = { field: 'name', message: 'must be 1 to 150 characters: a-z, 0-9, _ and -' }

function valuesOf(request: NewOrganizationRequest): Parameters<typeof insertOrganization>[1] {
  const faults: Fault[] = []
  const { name, display_name } = changeOf({ ...request, displayName: request.displayName ?? null }, faults)
  const { auth0Id = null, tenant = null } = request
  if (auth0Id !== null && !isOrganizationId(auth0Id)) {
    faults.push({ field: 'auth0Id', message: "must be Auth0's id of an organization (org_…)" })
  }
  if (name === undefined && faults.length === 0) faults.push(nameFault)
  refuse(faults)
  return { tenant, auth0_id: auth0Id, name: name ?? '', display_name: display_name ?? null, named_at: null }
}

interface Values {
  name?: string
  display_name?: string | null
  is_active?: boolean
}

function changeOf({ name, displayName, isActive }: OrganizationUpdate, faults: Fault[]): Values {
  const values: Values = {}
  if (name !== undefined) {
    const spelled = typeof name === 'string' ? organizationName(name) : null
    if (spelled === null) faults.push(nameFault)
    else values.name = spelled
  }
  if (displayName !== undefined) {
    const isText = typeof displayName === 'string' && isStorable(displayName) && displayName.length <= 255
    if (!isText && displayName !== null)
      faults.push({ field: 'display_name', message: 'must be at most 255 characters' })
    else values.display_name = displayName
  }
  if (isActive !== undefined) values.is_active = isActive
  return values
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults })
}

export function toRecord(row: OrganizationRow): OrganizationRecord {
  const { id, tenant, auth0_id, name, display_name, is_active } = row
  const times = { created_at: toIso(row.created_at), updated_at: toIso(row.updated_at) }
  return { ...{ id, tenant, auth0_id, name, display_name, is_active }, ...times }
}
