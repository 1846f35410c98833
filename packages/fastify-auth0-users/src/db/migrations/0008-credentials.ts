import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** API tokens and sessions. Of their secrets only the SHA-256 is kept. */
export function credentialsMigration(names: Names): Migration {
  const user = names.qualified('user')
  const token = names.qualified('api_token')
  const session = names.qualified('session')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${token} (
          id uuid primary key default gen_random_uuid(),
          user_id uuid not null references ${user} (id) on delete cascade,
          name varchar(150) not null,
          hash bytea not null constraint ${names.local('api_token_hash_key')} unique check (length(hash) = 32),
          scopes text[],
          expires_at timestamptz,
          revoked_at timestamptz,
          last_used_at timestamptz,
          reminded_at timestamptz,
          created_at timestamptz not null default now()
        )`.execute(db)
      await sql`create index ${names.local('api_token_user_id')} on ${token} (user_id)`.execute(db)
      await sql`
        create index ${names.local('api_token_expires_at')} on ${token} (expires_at)
        where revoked_at is null and reminded_at is null`.execute(db)
      await sql`
        create table ${session} (
          id uuid primary key default gen_random_uuid(),
          user_id uuid not null references ${user} (id) on delete cascade,
          hash bytea not null constraint ${names.local('session_hash_key')} unique check (length(hash) = 32),
          auth0_sid varchar(255),
          user_agent varchar(200),
          last_seen_at timestamptz not null,
          expires_at timestamptz not null,
          created_at timestamptz not null
        )`.execute(db)
      await sql`create index ${names.local('session_user_id')} on ${session} (user_id)`.execute(db)
      await sql`
        create index ${names.local('session_auth0_sid')} on ${session} (auth0_sid) where auth0_sid is not null`.execute(
        db,
      )
      await sql`create index ${names.local('session_expires_at')} on ${session} (expires_at)`.execute(db)
    },
  }
}
