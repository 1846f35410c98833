import { type Actor, record } from '../audit/audit.ts'
import type { Trx } from '../db/handle.ts'
import { toMillis } from '../db/time.ts'
import {
  insertOrganization,
  lockByName,
  type OrganizationRow,
  selectByAuth0Id,
  selectOrganizationEnd,
  updateOrganization,
} from './organization.repository.ts'
import type { OrganizationClaim } from './organization.ts'

/** What Auth0 says of an organization: by a token, an event or an import. */
export interface ToldOrganization extends Pick<OrganizationClaim, 'tenant' | 'auth0Id' | 'name' | 'issuedAt'> {
  /** Undefined where it is unknown. */
  readonly displayName?: string | null
}

/** Each round resolves one name that another organization took meanwhile. */
const maxRounds = 5

/**
 * The row of an organization that Auth0 tells of: found, or made, with its newest name. Null for one that was deleted
 * here after it was reported.
 *
 * @param create whether a row is made for an unknown organization.
 */
export async function ensureOrganization(
  trx: Trx,
  told: ToldOrganization,
  create: boolean,
  actor: Actor,
): Promise<OrganizationRow | null> {
  const found = await selectByAuth0Id(trx, told.tenant, told.auth0Id)
  if (found !== undefined) return await bringUpToDate(trx, found, told, actor)
  if (!create) return null
  for (let round = 0; round < maxRounds; round++) {
    const made = await insertOrganization(trx, {
      tenant: told.tenant,
      auth0_id: told.auth0Id,
      name: await freeName(trx, told, told.name ?? told.auth0Id),
      display_name: told.displayName ?? null,
      named_at: new Date(told.issuedAt),
    })
    if (made !== undefined) {
      // After the insert, which may have waited for the deletion of the row to commit.
      if (await hasEnded(trx, told)) throw new OrganizationEnded()
      await record(trx, { ...actor, userId: made.id, action: 'organization.created', fields: [] })
      return made
    }
    const other = await selectByAuth0Id(trx, told.tenant, told.auth0Id)
    if (other !== undefined) return await bringUpToDate(trx, other, told, actor)
  }
  throw new Error('an organization found no free name')
}

/** Rolls the transaction back that would have brought a deleted organization back. */
export class OrganizationEnded extends Error {
  override readonly name = 'OrganizationEnded'
}

/** Whether it was deleted here at or after the second in which this was reported; tokens carry whole seconds. */
export async function hasEnded(trx: Trx, told: ToldOrganization): Promise<boolean> {
  const ended = await selectOrganizationEnd(trx, told.tenant, told.auth0Id)
  return ended !== undefined && told.issuedAt <= toMillis(ended)
}

/** A name reported later than the stored one replaces it; a repeat and an older one change nothing. */
async function bringUpToDate(
  trx: Trx,
  row: OrganizationRow,
  told: ToldOrganization,
  actor: Actor,
): Promise<OrganizationRow> {
  const isNewer = row.named_at === null || toMillis(row.named_at) < told.issuedAt
  const name = told.name ?? row.name
  const display = told.displayName === undefined ? row.display_name : told.displayName
  if (!isNewer || (name === row.name && display === row.display_name)) return row
  const free = name === row.name ? name : await freeName(trx, told, name)
  const fields = [...(free === row.name ? [] : ['name']), ...(display === row.display_name ? [] : ['display_name'])]
  const changed = await updateOrganization(trx, row.id, {
    name: free,
    display_name: display,
    named_at: new Date(told.issuedAt),
  })
  if (fields.length > 0) await record(trx, { ...actor, userId: row.id, action: 'organization.updated', fields })
  return changed ?? row
}

/**
 * The name, taken from an organization of Auth0 that had it earlier: a name belongs to the one that Auth0 reported last.
 * Where an organization that exists here only has it, or one that was reported later, Auth0's id is used instead.
 */
async function freeName(trx: Trx, told: ToldOrganization, name: string): Promise<string> {
  if (name === told.auth0Id) return name
  const holder = await lockByName(trx, told.tenant, name)
  if (holder === undefined || holder.auth0_id === told.auth0Id) return name
  const yields = holder.auth0_id !== null && (holder.named_at === null || toMillis(holder.named_at) < told.issuedAt)
  if (!yields || holder.auth0_id === null) return told.auth0Id
  await updateOrganization(trx, holder.id, { name: holder.auth0_id })
  return name
}
