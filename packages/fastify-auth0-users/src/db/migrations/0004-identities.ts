import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** Further Auth0 identities of a person, beside `accounts_user.auth0_id`. */
export function identitiesMigration(names: Names): Migration {
  const identity = names.qualified('identity')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${identity} (
          auth0_id varchar(255) primary key,
          user_id uuid not null references ${names.qualified('user')} (id) on delete cascade,
          created_at timestamptz not null default now()
        )`.execute(db)
      await sql`create index ${names.local('identity_user_id')} on ${identity} (user_id)`.execute(db)
    },
  }
}
