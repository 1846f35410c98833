import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** Groups and grants. A permission is its name, `app_label.codename`; the catalogue is declared in code. */
export function permissionsMigration(names: Names): Migration {
  const user = names.qualified('user')
  const group = names.qualified('group')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${group} (
          id uuid primary key default gen_random_uuid(),
          name varchar(150) not null unique
        )`.execute(db)
      await sql`
        create table ${names.qualified('group_permission')} (
          group_id uuid not null references ${group} (id) on delete cascade,
          permission varchar(200) not null,
          primary key (group_id, permission)
        )`.execute(db)
      await sql`
        create table ${names.qualified('user_group')} (
          user_id uuid not null references ${user} (id) on delete cascade,
          group_id uuid not null references ${group} (id) on delete cascade,
          primary key (user_id, group_id)
        )`.execute(db)
      await sql`create index ${names.local('user_group_group_id')} on ${names.qualified('user_group')} (group_id)`.execute(
        db,
      )
      await sql`
        create table ${names.qualified('user_permission')} (
          user_id uuid not null references ${user} (id) on delete cascade,
          permission varchar(200) not null,
          primary key (user_id, permission)
        )`.execute(db)
    },
  }
}
