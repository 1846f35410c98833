import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/**
 * The audit trail becomes a hash chain per person, filled in by a trigger, so every writer is
 * covered, psql too; its oldest entries may be purged; and erased identities leave a tombstone.
 */
export function auditChainMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createChain(db, names)
      await createHash(db, names)
      await chainExisting(db, names)
      await createAppend(db, names)
      await createCheck(db, names)
      await createPurge(db, names)
      await createTombstones(db, names)
    },
  }
}

/**
 * The head of each person's chain. Its row is what appends of one person queue on; being a row and
 * no advisory lock, it is read as of now under any isolation level, so that a chain cannot fork.
 */
async function createChain(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    create table ${names.qualified('audit_chain')} (
      user_id uuid primary key,
      length bigint not null,
      hash bytea not null,
      purged_length bigint not null default 0,
      purged_hash bytea not null default ''
    ) with (fillfactor = 50)`.execute(db)
  await sql`
    alter table ${names.qualified('audit')} add column position bigint, add column hash bytea`.execute(db)
}

/** SHA-256 over the hash before and the entry's own columns; the text of jsonb is the canonical form. */
async function createHash(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    create function ${names.qualified('audit_hash')}(previous bytea, place bigint, entry ${names.qualified('audit')})
    returns bytea language sql stable as $$
      select sha256(previous || convert_to(jsonb_build_array(
        entry.id, place, entry.user_id, entry.actor_id, entry.action, entry.fields, entry.method, entry.request_id,
        entry.detail, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
      )::text, 'UTF8'))
    $$`.execute(db)
}

/** Moves the head of the chain on by one entry and returns the position of that entry. */
function advance(names: Names, entry: 'new' | 'entry') {
  const row = sql.raw(entry)
  const hash = names.qualified('audit_hash')
  return sql`
    insert into ${names.qualified('audit_chain')} as c (user_id, length, hash)
    values (${row}.user_id, 1, ${hash}('', 1, ${row}))
    on conflict (user_id) do update set length = c.length + 1, hash = ${hash}(c.hash, c.length + 1, ${row})
    returning c.length, c.hash into ${row}.position, ${row}.hash`
}

async function chainExisting(db: Kysely<unknown>, names: Names): Promise<void> {
  const audit = names.qualified('audit')
  await sql`drop trigger ${names.local('audit_append_only')} on ${audit}`.execute(db)
  await sql`
    do $$
    declare entry ${audit};
    begin
      for entry in select * from ${audit} order by id loop
        ${advance(names, 'entry')};
        update ${audit} set position = entry.position, hash = entry.hash where id = entry.id;
      end loop;
    end $$`.execute(db)
  await sql`alter table ${audit} alter column position set not null, alter column hash set not null`.execute(db)
  await sql`create unique index ${names.local('audit_user_id_position_key')} on ${audit} (user_id, position)`.execute(
    db,
  )
}

async function createAppend(db: Kysely<unknown>, names: Names): Promise<void> {
  const append = names.qualified('audit_append')
  await sql`
    create function ${append}() returns trigger language plpgsql set search_path from current as $$
    begin
      ${advance(names, 'new')};
      return new;
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('audit_append')} before insert on ${names.qualified('audit')}
    for each row execute function ${append}()`.execute(db)
}

/** Whether each entry follows from the one before it. A condition on `user_id` reaches through the window. */
async function createCheck(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    create view ${names.qualified('audit_check')} as
    select a.user_id, a.position, a.hash,
      a.position = coalesce(c.purged_length, 0) + row_number() over chained
      and a.hash = ${names.qualified('audit_hash')}(
        lag(a.hash, 1, coalesce(c.purged_hash, '')) over chained, a.position, a
      ) as follows
    from ${names.qualified('audit')} a left join ${names.qualified('audit_chain')} c on c.user_id = a.user_id
    window chained as (partition by a.user_id order by a.position)`.execute(db)
}

/**
 * UPDATE and TRUNCATE stay refused, and DELETE too unless the transaction says how old what it
 * deletes is, at least a day. Then only the oldest entries of a person go, and the head keeps the
 * hash of the last of them, so that the rest can still be verified.
 */
async function createPurge(db: Kysely<unknown>, names: Names): Promise<void> {
  const [audit, chain] = [names.qualified('audit'), names.qualified('audit_chain')]
  const [refuse, purged] = [names.qualified('audit_refuse_change'), names.qualified('audit_purged')]
  await sql`
    create or replace function ${refuse}() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and coalesce(current_setting('auth0_users.purge_audit_before', true), '') <> '' then
        return null;
      end if;
      raise exception 'the audit trail is append-only' using errcode = 'integrity_constraint_violation';
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('audit_append_only')} before update or delete or truncate on ${audit}
    for each statement execute function ${refuse}()`.execute(db)
  await sql`
    create function ${purged}() returns trigger language plpgsql set search_path from current as $$
    declare
      cutoff timestamptz := least(current_setting('auth0_users.purge_audit_before')::timestamptz, now() - interval '1 day');
    begin
      if exists (select from gone where at >= cutoff) or exists (
        select from gone g left join ${chain} c using (user_id) group by user_id, c.purged_length
        having c.purged_length is null or min(position) <> c.purged_length + 1
          or count(*) <> max(position) - min(position) + 1
      ) then
        raise exception 'only the oldest entries of a person may be purged from the audit trail'
          using errcode = 'integrity_constraint_violation';
      end if;
      update ${chain} c set purged_length = last.position, purged_hash = last.hash
      from (select distinct on (user_id) user_id, position, hash from gone order by user_id, position desc) last
      where c.user_id = last.user_id;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger ${names.local('audit_purged')} after delete on ${audit} referencing old table as gone
    for each statement execute function ${purged}()`.execute(db)
}

/** No foreign key: a tombstone outlives the row. Only the SHA-256 of the `sub` is kept. */
async function createTombstones(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    create table ${names.qualified('tombstone')} (
      subject_hash bytea primary key,
      user_id uuid not null,
      at timestamptz not null default now()
    )`.execute(db)
  await sql`alter table ${names.qualified('user')} add column if not exists anonymised_at timestamptz`.execute(db)
}
