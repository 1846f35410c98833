import { type Kysely, type Migration, sql } from 'kysely'
import { Auth0UsersError } from '../../errors.ts'
import type { Names } from '../names.ts'

/**
 * `accounts_user`: created, or adopted from the Django system with every row it holds. What is
 * there already (columns, unique constraints, data) stays; what is missing is added.
 */
export function usersMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createTable(db, names)
      await refuseForeignShape(db, names)
      await addColumns(db, names)
      await normaliseTypes(db, names)
      await fillUsernames(db, names)
      for (const column of ['auth0_id', 'email', 'username']) await ensureUnique(db, names, column)
    },
  }
}

async function createTable(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    create table if not exists ${names.qualified('user')} (
      id uuid primary key default gen_random_uuid(),
      auth0_id varchar(255),
      email varchar(255),
      first_name varchar(150) default '',
      last_name varchar(150) default '',
      profile_data jsonb not null default '{}',
      created_at timestamptz not null default now(),
      updated_at timestamptz not null default now()
    )`.execute(db)
}

interface Column {
  column_name: string
  data_type: string
}

async function columnsOf(db: Kysely<unknown>, names: Names): Promise<Map<string, string>> {
  const { rows } = await sql<Column>`
    select column_name, data_type from information_schema.columns
    where table_schema = coalesce(${names.schema ?? null}::text, current_schema()) and table_name = ${names.plain('user')}
  `.execute(db)
  return new Map(rows.map(row => [row.column_name, row.data_type]))
}

async function refuseForeignShape(db: Kysely<unknown>, names: Names): Promise<void> {
  const type = (await columnsOf(db, names)).get('id')
  if (type === 'uuid') return
  throw new Auth0UsersError('A0U_MIGRATION_REFUSED', {
    faults: [
      {
        field: `${names.plain('user')}.id`,
        message: `must be uuid, but is ${type ?? 'missing'}; move that table away or choose another prefix`,
      },
    ],
  })
}

async function addColumns(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    alter table ${names.qualified('user')}
      add column if not exists auth0_id varchar(255),
      add column if not exists email varchar(255),
      add column if not exists first_name varchar(150),
      add column if not exists last_name varchar(150),
      add column if not exists profile_data jsonb,
      add column if not exists created_at timestamptz,
      add column if not exists updated_at timestamptz,
      add column if not exists username varchar(300),
      add column if not exists email_verified boolean not null default false,
      add column if not exists is_active boolean not null default true,
      add column if not exists is_staff boolean not null default false,
      add column if not exists is_superuser boolean not null default false,
      add column if not exists is_platform boolean not null default false,
      add column if not exists edited_fields text[] not null default '{}',
      add column if not exists claims_issued_at timestamptz,
      add column if not exists last_login_at timestamptz,
      add column if not exists tokens_valid_after timestamptz
  `.execute(db)
}

/** Django's `timestamp` columns hold UTC; its `profile_data`, names and dates may be null, its columns narrower. */
async function normaliseTypes(db: Kysely<unknown>, names: Names): Promise<void> {
  const table = names.qualified('user')
  const columns = await columnsOf(db, names)
  for (const column of ['created_at', 'updated_at', 'last_login_at']) {
    if (columns.get(column) !== 'timestamp without time zone') continue
    await sql`alter table ${table} alter column ${sql.id(column)} type timestamptz using ${sql.id(column)} at time zone 'UTC'`.execute(
      db,
    )
  }
  if (columns.get('profile_data') === 'json') {
    await sql`alter table ${table} alter column profile_data type jsonb using profile_data::jsonb`.execute(db)
  }
  await sql`
    update ${table} set
      profile_data = coalesce(profile_data, '{}'),
      first_name = coalesce(first_name, ''),
      last_name = coalesce(last_name, ''),
      created_at = coalesce(created_at, now()),
      updated_at = coalesce(updated_at, created_at, now())
    where profile_data is null or first_name is null or last_name is null or created_at is null or updated_at is null
  `.execute(db)
  await sql`
    alter table ${table}
      alter column id set default gen_random_uuid(),
      alter column username type varchar(300),
      alter column auth0_id type varchar(255),
      alter column email type varchar(255),
      alter column first_name type varchar(150),
      alter column first_name set default '',
      alter column last_name type varchar(150),
      alter column last_name set default '',
      alter column profile_data set default '{}',
      alter column profile_data set not null,
      alter column created_at set default now(),
      alter column created_at set not null,
      alter column updated_at set default now(),
      alter column updated_at set not null
  `.execute(db)
}

/** Pipes become dots; of several that would collide the oldest keeps the plain name. */
async function fillUsernames(db: Kysely<unknown>, names: Names): Promise<void> {
  await sql`
    with named as (
      select id, auth0_id, replace(auth0_id, '|', '.') as base,
        row_number() over (partition by replace(auth0_id, '|', '.') order by created_at, id) as place
      from ${names.qualified('user')}
      where username is null and auth0_id is not null
    )
    update ${names.qualified('user')} u
    set username = case
      when named.place = 1 and not exists (select from ${names.qualified('user')} o where o.username = named.base) then named.base
      else named.base || '~' || left(encode(sha256(convert_to(named.auth0_id, 'UTF8')), 'hex'), 10)
    end
    from named where named.id = u.id
  `.execute(db)
}

async function ensureUnique(db: Kysely<unknown>, names: Names, column: string): Promise<void> {
  const table = names.qualified('user')
  const { rows: doubled } = await sql<{ n: string }>`
    select count(*)::text as n from (
      select 1 from ${table} where ${sql.id(column)} is not null group by ${sql.id(column)} having count(*) > 1
    ) d`.execute(db)
  if (doubled[0]?.n !== '0') {
    throw new Auth0UsersError('A0U_MIGRATION_REFUSED', {
      faults: [
        {
          field: `${names.plain('user')}.${column}`,
          message: `must be unique, but ${doubled[0]?.n} values occur in several rows; merge those rows first`,
        },
      ],
    })
  }
  await sql`create unique index if not exists ${names.local(`user_${column}_key`)} on ${table} (${sql.id(column)})`.execute(
    db,
  )
}
