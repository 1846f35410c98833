import { type Kysely, type Migration, type RawBuilder, sql } from 'kysely'
import type { Names } from '../names.ts'

/** Users are divided among this many parts, each with a cursor of its own in every subscription. */
export const outboxShards = 8

/**
 * The outbox: one entry for each entry of the audit log, written by a trigger in the same transaction while
 * `accounts_outbox_state` says so. Readers order by (transaction_id, id) and stop before the oldest transaction that
 * still runs, because ids are given before the commit.
 *
 * Functions run with the rights of the role that migrates, so that the app's role needs no rights on sequences and
 * partitions. They name tables with their schema and look up nothing by search path.
 */
export function outboxMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const schema = names.schema ?? (await currentSchema(db))
      await createOutbox(db, names)
      await createReaders(db, names)
      await createAppend(db, names, schema)
      await createMaintenance(db, names, schema)
    },
  }
}

async function currentSchema(db: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
  return rows[0]?.schema ?? 'public'
}

/** By day, with a default partition, so that a write never fails for a missing one. */
async function createOutbox(db: Kysely<unknown>, names: Names): Promise<void> {
  const outbox = names.qualified('outbox')
  await sql`create sequence ${names.qualified('outbox_id_seq')}`.execute(db)
  await sql`
    create table ${outbox} (
      id bigint not null default nextval(${sql.lit(regclassText(names, 'outbox_id_seq'))}::regclass),
      transaction_id xid8 not null default pg_current_xact_id(),
      occurred_at timestamptz not null default now(),
      kind varchar(100) not null,
      user_id uuid,
      organization_id uuid,
      payload jsonb not null default '{}',
      shard smallint not null generated always as
        ((hashtext(coalesce(user_id::text, '')) & ${sql.lit(outboxShards - 1)})::smallint) stored
    ) partition by range (occurred_at)`.execute(db)
  await sql`create table ${names.qualified('outbox_default')} partition of ${outbox} default`.execute(db)
  await sql`
    create index ${names.local('outbox_shard_place')} on ${outbox} (shard, transaction_id, id)`.execute(db)
  await sql`
    create index ${names.local('outbox_user_place')} on ${outbox} (user_id, transaction_id, id)`.execute(db)
  await sql`create index ${names.local('outbox_occurred_at')} on ${outbox} (occurred_at)`.execute(db)
  await sql`
    create table ${names.qualified('outbox_state')} (
      only_row boolean primary key default true check (only_row),
      enabled boolean not null,
      retention interval not null default '14 days'
    )`.execute(db)
  await sql`insert into ${names.qualified('outbox_state')} (enabled) values (false)`.execute(db)
}

/** `search_path` may change between now and the insert, so the default names the schema where one was given. */
function regclassText(names: Names, name: string): string {
  const quoted = `"${names.plain(name)}"`
  return names.schema === undefined ? quoted : `"${names.schema}".${quoted}`
}

async function createReaders(db: Kysely<unknown>, names: Names): Promise<void> {
  const subscription = names.qualified('outbox_subscription')
  await sql`
    create table ${subscription} (
      name varchar(100) primary key,
      kind varchar(20) not null default 'handler',
      settings jsonb not null default '{}',
      disabled_at timestamptz,
      created_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table ${names.qualified('outbox_cursor')} (
      subscription varchar(100) not null references ${subscription} (name) on delete cascade,
      shard smallint not null,
      transaction_id xid8 not null,
      entry_id bigint not null,
      lease_owner uuid,
      lease_until timestamptz,
      primary key (subscription, shard)
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    create table ${names.qualified('outbox_blocked')} (
      subscription varchar(100) not null references ${subscription} (name) on delete cascade,
      user_id uuid not null,
      shard smallint not null,
      transaction_id xid8 not null,
      entry_id bigint not null,
      attempts integer not null,
      next_at timestamptz not null,
      dead_at timestamptz,
      error varchar(200) not null default '',
      primary key (subscription, user_id)
    )`.execute(db)
  await sql`
    create index ${names.local('outbox_blocked_next_at')}
    on ${names.qualified('outbox_blocked')} (subscription, shard, next_at) where dead_at is null`.execute(db)
}

/** Values of an audit entry's detail that are no list and no object: hashes of values stay out. */
const scalars = sql`(
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(e.detail)
  where jsonb_typeof(value) in ('string', 'number', 'boolean')
)`

/**
 * A transaction that got its id early may write of a user after one with a greater id did. Its entry then takes that
 * greater id, so that the order per user is that of the audit log. No reader is past it: this transaction still runs.
 */
function place(outbox: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`greatest(pg_current_xact_id(), (
    select o.transaction_id from ${outbox} o
    where o.user_id = e.user_id and o.transaction_id > pg_current_xact_id()
    order by o.transaction_id desc limit 1
  ))`
}

async function createAppend(db: Kysely<unknown>, names: Names, schema: string): Promise<void> {
  const own = (name: string): RawBuilder<unknown> => sql.id(schema, names.plain(name))
  const [outbox, append] = [own('outbox'), own('outbox_append')]
  await sql`
    create function ${append}() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
    begin
      if exists (select from new_entries where action = 'user.anonymised') then
        update ${outbox} set payload = '{}'
        where user_id in (select user_id from new_entries where action = 'user.anonymised') and payload <> '{}';
      end if;
      if exists (select from ${own('outbox_state')} where enabled) then
        insert into ${outbox} (transaction_id, kind, user_id, organization_id, payload)
        select ${place(outbox)}, e.action, e.user_id,
          case when e.detail ->> 'organization_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then (e.detail ->> 'organization_id')::uuid end,
          jsonb_build_object('fields', to_jsonb(e.fields), 'actor_id', e.actor_id, 'detail', ${scalars})
        from new_entries e order by e.id;
      end if;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('audit_outbox')} after insert on ${names.qualified('audit')}
    referencing new table as new_entries for each statement execute function ${append}()`.execute(db)
}

/**
 * Makes the partitions of today and of the coming days, drops those whose last day is older than what is kept, and
 * deletes as old entries from the default partition. Returns how many partitions were dropped and entries deleted.
 */
async function createMaintenance(db: Kysely<unknown>, names: Names, schema: string): Promise<void> {
  const own = (name: string): RawBuilder<unknown> => sql.id(schema, names.plain(name))
  const prefix = names.plain('outbox_p')
  await sql`
    create function ${own('outbox_maintain')}(days_ahead integer default 3) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '2s'
    as ${sql.raw(`$$
    declare
      cutoff timestamptz;
      day date;
      part text;
      removed bigint := 0;
      n bigint;
    begin
      if not pg_try_advisory_xact_lock(hashtextextended('${schema}.${prefix}', 0)) then
        return 0;
      end if;
      select now() - retention into cutoff from "${schema}"."${names.plain('outbox_state')}";
      for ahead in 0 .. days_ahead loop
        day := current_date + ahead;
        part := '${prefix}' || to_char(day, 'YYYYMMDD');
        if to_regclass(format('%I.%I', '${schema}', part)) is null then
          begin
            execute format('create table %I.%I partition of %I.%I for values from (%L) to (%L)',
              '${schema}', part, '${schema}', '${names.plain('outbox')}',
              day::timestamptz, (day + 1)::timestamptz);
          exception when check_violation or lock_not_available then
            null; -- entries of that day are in the default partition already, or a writer is slow: the next run
          end;
        end if;
      end loop;
      for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = '"${schema}"."${names.plain('outbox')}"'::regclass and c.relname ~ '^${prefix}[0-9]{8}$'
          and (to_date(right(c.relname, 8), 'YYYYMMDD') + 1)::timestamptz <= cutoff
      loop
        begin
          execute format('drop table %I.%I', '${schema}', part);
          removed := removed + 1;
        exception when lock_not_available then
          null;
        end;
      end loop;
      delete from "${schema}"."${names.plain('outbox_default')}" where ctid in (
        select ctid from "${schema}"."${names.plain('outbox_default')}" where occurred_at < cutoff limit 10000
      );
      get diagnostics n = row_count;
      return removed + n;
    end $$`)}`.execute(db)
}
