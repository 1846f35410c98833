import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'
import { allEvents, createFunction, createTrigger, maxIds } from './0006-change-feed.ts'

/** Organizations, their members and what a membership grants; what ended is remembered, so that an older token never brings it back. */
export function organizationsMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createOrganizations(db, names)
      await createMemberships(db, names)
      await createEnds(db, names)
      await tellChanges(db, names)
    },
  }
}

async function createOrganizations(db: Kysely<unknown>, names: Names): Promise<void> {
  const organization = names.qualified('organization')
  await sql`
    create table ${organization} (
      id uuid primary key default gen_random_uuid(),
      tenant varchar(150),
      auth0_id varchar(100),
      name varchar(150) not null,
      display_name varchar(255),
      is_active boolean not null default true,
      named_at timestamptz,
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create unique index ${names.local('organization_auth0_id_key')}
    on ${organization} (coalesce(tenant, ''), auth0_id)`.execute(db)
  await sql`
    create unique index ${names.local('organization_name_key')}
    on ${organization} (coalesce(tenant, ''), lower(name collate "C"))`.execute(db)
}

async function createMemberships(db: Kysely<unknown>, names: Names): Promise<void> {
  const membership = names.qualified('membership')
  await sql`
    create table ${membership} (
      organization_id uuid not null references ${names.qualified('organization')} (id) on delete cascade,
      user_id uuid not null references ${names.qualified('user')} (id) on delete cascade,
      role varchar(50) not null default 'member',
      told_at timestamptz,
      role_order text,
      created_at timestamptz not null default now(),
      primary key (organization_id, user_id)
    )`.execute(db)
  await sql`create index ${names.local('membership_user_id')} on ${membership} (user_id)`.execute(db)
  await sql`
    create table ${names.qualified('membership_permission')} (
      organization_id uuid not null,
      user_id uuid not null,
      permission varchar(200) not null,
      created_at timestamptz not null default now(),
      primary key (organization_id, user_id, permission),
      constraint ${names.local('membership_permission_membership_fkey')} foreign key (organization_id, user_id)
        references ${membership} (organization_id, user_id) on delete cascade
    )`.execute(db)
}

/**
 * When a membership, or a whole organization of Auth0, ended. Written by triggers, so that any statement that deletes the row
 * is covered, psql too. The plugin tells its own clock in `auth0_users.now`.
 */
async function createEnds(db: Kysely<unknown>, names: Names): Promise<void> {
  const [organization, membership] = [names.qualified('organization'), names.qualified('membership')]
  const [organizationEnd, membershipEnd] = [names.qualified('organization_end'), names.qualified('membership_end')]
  const now = sql`coalesce(nullif(current_setting('auth0_users.now', true), '')::timestamptz, clock_timestamp())`
  await sql`
    create table ${organizationEnd} (
      tenant varchar(150) not null,
      auth0_id varchar(100) not null,
      ended_at timestamptz not null,
      primary key (tenant, auth0_id)
    )`.execute(db)
  await sql`
    create table ${membershipEnd} (
      organization_id uuid not null references ${organization} (id) on delete cascade,
      user_id uuid not null references ${names.qualified('user')} (id) on delete cascade,
      ended_at timestamptz not null,
      primary key (organization_id, user_id)
    )`.execute(db)
  await sql`create index ${names.local('membership_end_user_id')} on ${membershipEnd} (user_id)`.execute(db)
  const endMembership = names.qualified('end_membership')
  await sql`
    create function ${endMembership}() returns trigger language plpgsql set search_path from current as $$
    begin
      insert into ${membershipEnd} as e (organization_id, user_id, ended_at)
      select r.organization_id, r.user_id, greatest(${now}, r.told_at)
      from old_rows r
      join ${organization} o on o.id = r.organization_id
      join ${names.qualified('user')} u on u.id = r.user_id
      order by 1, 2
      on conflict (organization_id, user_id) do update set ended_at = greatest(e.ended_at, excluded.ended_at);
      return null;
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('membership_end')} after delete on ${membership}
    referencing old table as old_rows for each statement execute function ${endMembership}()`.execute(db)
  const endOrganization = names.qualified('end_organization')
  await sql`
    create function ${endOrganization}() returns trigger language plpgsql set search_path from current as $$
    begin
      insert into ${organizationEnd} as e (tenant, auth0_id, ended_at)
      select coalesce(r.tenant, ''), r.auth0_id, greatest(${now}, r.named_at) from old_rows r
      where r.auth0_id is not null
      order by 1, 2
      on conflict (tenant, auth0_id) do update set ended_at = greatest(e.ended_at, excluded.ended_at);
      return null;
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('organization_end')} after delete on ${organization}
    referencing old table as old_rows for each statement execute function ${endOrganization}()`.execute(db)
}

/** A change of an organization notifies for its members; its deletion, by the memberships that go with it. */
async function tellChanges(db: Kysely<unknown>, names: Names): Promise<void> {
  await createFunction(db, names, 'tell_organization', findMembersOf(names))
  for (const event of ['update', 'truncate'] as const)
    await createTrigger(db, names, 'organization', 'tell_organization', event)
  for (const table of ['membership', 'membership_permission']) {
    for (const event of allEvents) await createTrigger(db, names, table, 'tell_member', event)
  }
}

/** How many triggers of these tables the change feed needs to be complete. */
export const organizationTriggerCount: number = 2 + 2 * allEvents.length

const findMembersOf = (names: Names): string => `
  execute format(
    'select array_agg(user_id) from (
      select distinct m.user_id from %I.%I m
      join (select n.id from new_rows n join old_rows o on o.id = n.id
        where (o.auth0_id, o.tenant, o.name, o.is_active) is distinct from (n.auth0_id, n.tenant, n.name, n.is_active)) c
        on c.id = m.organization_id
      limit ${maxIds + 1}
    ) found',
    tg_table_schema, '${names.plain('membership')}'
  ) into ids;`
