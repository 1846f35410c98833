import { type Kysely, type Migration, type RawBuilder, sql } from 'kysely'
import { changeChannel } from '../change-channel.ts'
import type { Names } from '../names.ts'

/*
 * Triggers that publish on a channel which cached rows and permissions are out of date, whatever program wrote
 * them. Once a statement, and only for real changes: a transaction with a notification in it commits
 * under a lock of the whole server.
 *
 * Nothing here relies on the search path of the writer: tables are found in the schema of the table
 * that the trigger is on.
 */

/** Ids of one notification: 200 of 36 characters and their commas are below the limit of 8000 bytes. */
const idsPerPayload = 200

/** For more users in one statement only `*` is published. */
export const maxIds = 10_000

/**
 * What a change of `accounts_user` must touch to be published: what authentication reads, without the
 * times that change with every sign-in or save (`last_login_at`, `updated_at`).
 */
const toldColumns = [
  'auth0_id',
  'username',
  'email',
  'email_verified',
  'first_name',
  'last_name',
  'profile_data',
  'is_active',
  'is_staff',
  'is_superuser',
  'is_platform',
  'edited_fields',
  'claims_issued_at',
  'tokens_valid_after',
  'created_at',
] as const

export type Event = 'insert' | 'update' | 'delete' | 'truncate'

/** Every kind of statement that a trigger of the feed follows. */
export const allEvents = ['insert', 'update', 'delete', 'truncate'] as const

/**
 * The triggers by table and function. A new person is in no cache, so inserts into `accounts_user` are
 * not published. `accounts_group` needs no trigger: its name is in no cache, and its deletion cascades to
 * the memberships, whose trigger tells.
 */
const watched: readonly { table: string; told: string; events: readonly Event[] }[] = [
  { table: 'user', told: 'tell_user', events: ['update', 'delete', 'truncate'] },
  { table: 'identity', told: 'tell_member', events: allEvents },
  { table: 'user_group', told: 'tell_member', events: allEvents },
  { table: 'user_permission', told: 'tell_member', events: allEvents },
  { table: 'group_permission', told: 'tell_group', events: allEvents },
]

/** How many triggers the feed needs to be complete. */
export const changeTriggerCount: number = watched.reduce((sum, { events }) => sum + events.length, 0)

export function changeFeedMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createFunction(db, names, 'tell_user', findUsers)
      await createFunction(db, names, 'tell_member', findMembers(names))
      await createFunction(db, names, 'tell_group', findGroupMembers(names))
      for (const { table, told, events } of watched) {
        for (const event of events) await createTrigger(db, names, table, told, event)
      }
    },
  }
}

/** Changed rows of `accounts_user`; those of another id than before count as changed. */
const findUsers = `
  if tg_op = 'DELETE' then
    select array_agg(id) into ids from (select id from old_rows limit ${maxIds + 1}) found;
  else
    select array_agg(id) into ids from (
      select o.id from old_rows o left join new_rows n on n.id = o.id
      where n.id is null or (${toldColumns.map(name => `o.${name}`)}) is distinct from (${toldColumns.map(name => `n.${name}`)})
      limit ${maxIds + 1}
    ) found;
  end if;`

/** Rows of an update that are not as before, and those that they became. */
const changedRows = `(
    (select * from old_rows except select * from new_rows) union (select * from new_rows except select * from old_rows)
  )`

/**
 * `user_id` of the changed rows. What is deleted with a user is not published, one row after the
 * other: the deletion itself tells it.
 */
const findMembers = (names: Names): string => `
  if tg_op = 'INSERT' then
    select array_agg(user_id) into ids from (select distinct user_id from new_rows limit ${maxIds + 1}) found;
  elsif tg_op = 'UPDATE' then
    select array_agg(user_id) into ids
    from (select distinct user_id from ${changedRows} changed limit ${maxIds + 1}) found;
  elsif exists (select from old_rows) then
    execute format(
      'select array_agg(user_id) from (
        select distinct user_id from old_rows
        where exists (select from %I.%I u where u.id = user_id) limit ${maxIds + 1}
      ) found', tg_table_schema, '${names.plain('user')}') into ids;
  end if;`

/** The members of the changed groups. */
const findGroupMembers = (names: Names): string => `
  execute format(
    'select array_agg(user_id) from (
      select distinct user_id from %I.%I
      where group_id in (select group_id from %s changed) limit ${maxIds + 1}
    ) found',
    tg_table_schema, '${names.plain('user_group')}',
    case tg_op when 'INSERT' then 'new_rows' when 'DELETE' then 'old_rows' else '${changedRows}' end
  ) into ids;`

/**
 * A nested loop over the rows before and after would be quadratic, and the plan that was made for
 * the session's first statement (often of one row) is kept for its later ones: hence the setting.
 */
export async function createFunction(db: Kysely<unknown>, names: Names, name: string, find: string): Promise<void> {
  await sql`
    create function ${names.qualified(name)}() returns trigger language plpgsql set enable_nestloop = off as ${sql.raw(`$$
    declare
      ids uuid[];
    begin
      if tg_op = 'TRUNCATE' then
        perform pg_notify(tg_argv[0], '*');
        return null;
      end if;
      ${find}
      if cardinality(ids) > ${maxIds} then
        perform pg_notify(tg_argv[0], '*');
      elsif ids is not null then
        for place in 1 .. cardinality(ids) by ${idsPerPayload} loop
          perform pg_notify(tg_argv[0], array_to_string(ids[place : place + ${idsPerPayload - 1}], ','));
        end loop;
      end if;
      return null;
    end $$`)}`.execute(db)
}

const transitionTables: Readonly<Record<Event, string>> = {
  insert: 'referencing new table as new_rows',
  update: 'referencing old table as old_rows new table as new_rows',
  delete: 'referencing old table as old_rows',
  truncate: '',
}

/** Makes a table publish the changes that one kind of statement makes, by the function `told`. */
export async function createTrigger(
  db: Kysely<unknown>,
  names: Names,
  table: string,
  told: string,
  event: Event,
): Promise<void> {
  const rows: RawBuilder<unknown> = sql.raw(`${transitionTables[event]} for each statement`)
  const channel = sql.lit(changeChannel(names))
  await sql`
    create trigger ${names.local(`${table}_tell_${event}`)} after ${sql.raw(event)} on ${names.qualified(table)}
    ${rows} execute function ${names.qualified(told)}(${channel})`.execute(db)
}
