import { type RawBuilder, sql } from 'kysely'
import type { Trx } from '../../db/handle.ts'
import type { Names } from '../../db/names.ts'

/*
 * Reads Django's tables and writes ours, a statement for each kind of row. Every statement leaves
 * alone what is there, so that an import can be run again.
 */

/** Where Django's tables are. */
export interface DjangoTables {
  /** Null: the search path. */
  readonly schema: string | null
}

/** A membership or grant of a person, by Django's table for it. */
export interface DjangoLink {
  readonly table: string
  /** Django's `auth_user` has ids of its own, so its people are found by username. */
  readonly people: 'same ids' | 'by username'
}

/** The forms of permissions/catalogue.ts. */
const permissionName = '^([a-z][a-z0-9_]{0,98}\\.[a-z][a-z0-9_]{0,99}|(?=[^:]*:)[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,150})$'

function table({ schema }: DjangoTables, name: string): RawBuilder<unknown> {
  return schema === null ? sql.id(name) : sql.id(schema, name)
}

/** Those of the tables that are there. */
export async function selectTables(trx: Trx, django: DjangoTables, names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>()
  for (const name of names) {
    const quoted = django.schema === null ? `"${name}"` : `"${django.schema}"."${name}"`
    const { rows } = await sql<{ there: boolean }>`select to_regclass(${quoted}) is not null as there`.execute(trx)
    if (rows[0]?.there === true) found.add(name)
  }
  return found
}

/** Creates the groups that are missing, by name; returns them. */
export async function insertGroups(
  trx: Trx,
  ours: Names,
  django: DjangoTables,
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    insert into ${ours.qualified('group')} (name)
    select name from ${table(django, 'auth_group')} order by id
    on conflict do nothing returning id, name`.execute(trx)
  return rows
}

export interface GroupGrant {
  readonly group_id: string
  readonly name: string
  readonly permission: string
}

export async function insertGroupGrants(
  trx: Trx,
  ours: Names,
  django: DjangoTables,
  allowed: readonly string[] | null,
): Promise<GroupGrant[]> {
  const { rows } = await sql<GroupGrant>`
    with granted as (
      select g.id as group_id, g.name, ${djangoName()} as permission
      from ${table(django, 'auth_group_permissions')} m
      join ${table(django, 'auth_group')} dg on dg.id = m.group_id
      join ${ours.qualified('group')} g on g.name = dg.name
      ${permissionOf(django)}
    ), made as (
      insert into ${ours.qualified('group_permission')} (group_id, permission)
      select distinct group_id, permission from granted where ${isMappable(allowed)}
      on conflict do nothing returning group_id, permission
    )
    select made.group_id, g.name, made.permission from made
    join ${ours.qualified('group')} g on g.id = made.group_id`.execute(trx)
  return rows
}

export interface Membership {
  readonly user_id: string
  readonly group_id: string
  readonly name: string
}

export async function insertMemberships(
  trx: Trx,
  ours: Names,
  django: DjangoTables,
  link: DjangoLink,
): Promise<Membership[]> {
  const { rows } = await sql<Membership>`
    with made as (
      insert into ${ours.qualified('user_group')} (user_id, group_id)
      select distinct u.id, g.id from ${table(django, link.table)} m
      join ${table(django, 'auth_group')} dg on dg.id = m.group_id
      join ${ours.qualified('group')} g on g.name = dg.name
      ${personOf(ours, django, link, 'join')}
      on conflict do nothing returning user_id, group_id
    )
    select made.user_id, made.group_id, g.name from made
    join ${ours.qualified('group')} g on g.id = made.group_id`.execute(trx)
  return rows
}

export interface PersonGrant {
  readonly user_id: string
  readonly permission: string
}

export async function insertGrants(
  trx: Trx,
  ours: Names,
  django: DjangoTables,
  link: DjangoLink,
  allowed: readonly string[] | null,
): Promise<PersonGrant[]> {
  const { rows } = await sql<PersonGrant>`
    with granted as (
      select u.id as user_id, ${djangoName()} as permission
      from ${table(django, link.table)} m
      ${permissionOf(django)}
      ${personOf(ours, django, link, 'join')}
    )
    insert into ${ours.qualified('user_permission')} (user_id, permission)
    select distinct user_id, permission from granted where ${isMappable(allowed)}
    on conflict do nothing returning user_id, permission`.execute(trx)
  return rows
}

/** Ids of Django's people in a table of memberships or grants who have no row here, as text. */
export async function selectUnknownPeople(
  trx: Trx,
  ours: Names,
  django: DjangoTables,
  link: DjangoLink,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct m.user_id::text as id from ${table(django, link.table)} m
    ${personOf(ours, django, link, 'left join')}
    where u.id is null order by 1`.execute(trx)
  return rows.map(row => row.id)
}

/** Permissions that are granted there but cannot be granted here. */
export async function selectUnmappable(
  trx: Trx,
  django: DjangoTables,
  grantTables: readonly string[],
  allowed: readonly string[] | null,
): Promise<string[]> {
  const found = new Set<string>()
  for (const name of grantTables) {
    const { rows } = await sql<{ permission: string }>`
      select permission from (
        select ${djangoName()} as permission from ${table(django, name)} m ${permissionOf(django)}
      ) granted where not (${isMappable(allowed)})`.execute(trx)
    for (const { permission } of rows) found.add(permission)
  }
  return [...found].sort()
}

/** `app_label.codename`; a codename of Auth0's form, such as `read:reports`, stands for itself. */
const djangoName = (): RawBuilder<string> =>
  sql<string>`case when p.codename like '%:%' then p.codename else ct.app_label || '.' || p.codename end`

/** The permission of the row `m`. */
function permissionOf(django: DjangoTables): RawBuilder<unknown> {
  return sql`
    join ${table(django, 'auth_permission')} p on p.id = m.permission_id
    join ${table(django, 'django_content_type')} ct on ct.id = p.content_type_id`
}

function isMappable(allowed: readonly string[] | null): RawBuilder<boolean> {
  const list = allowed === null ? null : [...allowed]
  return sql<boolean>`permission ~ ${permissionName} and (${list}::text[] is null or permission = any(${list}::text[]))`
}

/** Our row `u` of the person of the row `m`. */
function personOf(
  ours: Names,
  django: DjangoTables,
  link: DjangoLink,
  join: 'join' | 'left join',
): RawBuilder<unknown> {
  const user = ours.qualified('user')
  const kind = sql.raw(join)
  if (link.people === 'same ids')
    return sql`${kind} ${user} u on u.id::text = m.user_id::text and u.anonymised_at is null`
  return sql`
    join ${table(django, 'auth_user')} du on du.id = m.user_id
    ${kind} ${user} u on u.username = du.username and u.anonymised_at is null`
}
