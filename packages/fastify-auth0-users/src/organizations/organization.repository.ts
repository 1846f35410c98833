import { type Selectable, sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { OrganizationTable } from '../db/organization-schema.ts'

/** A whole row of `accounts_organization`. */
export type OrganizationRow = Selectable<OrganizationTable>

const tenantIs = (tenant: string | null) => sql<boolean>`coalesce(tenant, '') = ${tenant ?? ''}`

/** By Auth0's id, in its tenant; the row stays until the transaction ends. */
export async function selectByAuth0Id(
  trx: Trx,
  tenant: string | null,
  auth0Id: string,
): Promise<OrganizationRow | undefined> {
  return await trx
    .selectFrom('accounts_organization')
    .selectAll()
    .where(tenantIs(tenant))
    .where('auth0_id', '=', auth0Id)
    .forKeyShare()
    .executeTakeFirst()
}

export interface NewOrganization {
  readonly tenant: string | null
  readonly auth0_id: string | null
  readonly name: string
  readonly display_name: string | null
  readonly named_at: Date | null
}

/** Undefined where the id or the name is taken, now or by a transaction that commits while we wait. */
export async function insertOrganization(trx: Trx, given: NewOrganization): Promise<OrganizationRow | undefined> {
  return await trx
    .insertInto('accounts_organization')
    .values(given)
    .onConflict(conflict => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** Who has a name in a tenant; the row is locked. */
export async function lockByName(trx: Trx, tenant: string | null, name: string): Promise<OrganizationRow | undefined> {
  return await trx
    .selectFrom('accounts_organization')
    .selectAll()
    .where(tenantIs(tenant))
    .where(sql<boolean>`lower(name collate "C") = ${name}`)
    .forUpdate()
    .executeTakeFirst()
}

/** Locks one row; undefined for an unknown id. */
export async function lockOrganization(trx: Trx, id: string): Promise<OrganizationRow | undefined> {
  return await trx.selectFrom('accounts_organization').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

export async function selectOrganization(db: DbOrTrx, id: string): Promise<OrganizationRow | undefined> {
  return await db.selectFrom('accounts_organization').selectAll().where('id', '=', id).executeTakeFirst()
}

/** By Auth0's id or by name. With several tenants the tenant is needed to tell two of one name apart. */
export async function selectByIdOrName(
  db: DbOrTrx,
  text: { readonly auth0Id: string } | { readonly name: string },
  tenant: string | null,
): Promise<OrganizationRow | undefined> {
  const query = db.selectFrom('accounts_organization').selectAll().where(tenantIs(tenant))
  return 'auth0Id' in text
    ? await query.where('auth0_id', '=', text.auth0Id).executeTakeFirst()
    : await query.where(sql<boolean>`lower(name collate "C") = ${text.name}`).executeTakeFirst()
}

export type OrganizationChange = Partial<
  Pick<OrganizationRow, 'name' | 'display_name' | 'is_active' | 'named_at' | 'auth0_id'>
>

export async function updateOrganization(
  trx: Trx,
  id: string,
  change: OrganizationChange,
): Promise<OrganizationRow | undefined> {
  return await trx
    .updateTable('accounts_organization')
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
}

export async function deleteOrganization(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('accounts_organization').where('id', '=', id).execute()
}

/** When an organization of Auth0 was deleted here; undefined where it never was. */
export async function selectOrganizationEnd(
  trx: Trx,
  tenant: string | null,
  auth0Id: string,
): Promise<Date | undefined> {
  const row = await trx
    .selectFrom('accounts_organization_end')
    .select('ended_at')
    .where('tenant', '=', tenant ?? '')
    .where('auth0_id', '=', auth0Id)
    .executeTakeFirst()
  return row?.ended_at
}

/** Says when what this transaction deletes ends, by the plugin's own clock. */
export async function setClock(trx: Trx, now: Date): Promise<void> {
  await sql`select set_config('auth0_users.now', ${now.toISOString()}, true)`.execute(trx)
}

/** Remembers that an organization was deleted before it was ever seen here; a later time stays. */
export async function upsertOrganizationEnd(
  trx: Trx,
  tenant: string | null,
  auth0Id: string,
  endedAt: Date,
): Promise<void> {
  await trx
    .insertInto('accounts_organization_end')
    .values({ tenant: tenant ?? '', auth0_id: auth0Id, ended_at: endedAt })
    .onConflict(conflict =>
      conflict
        .columns(['tenant', 'auth0_id'])
        .doUpdateSet({ ended_at: sql<Date>`greatest(accounts_organization_end.ended_at, excluded.ended_at)` }),
    )
    .execute()
}

/** By name, from behind the given one. */
export async function listOrganizations(
  db: DbOrTrx,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<OrganizationRow[]> {
  let query = db.selectFrom('accounts_organization').selectAll().orderBy('id').limit(page.limit)
  if (page.after !== undefined) query = query.where('id', '>', page.after)
  return await query.execute()
}
