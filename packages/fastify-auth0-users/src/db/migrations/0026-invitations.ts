import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** Invitations into organizations. Of the token in the link only the SHA-256 is kept. */
export function invitationsMigration(names: Names): Migration {
  const invitation = names.qualified('invitation')
  const user = names.qualified('user')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${invitation} (
          id uuid primary key default gen_random_uuid(),
          organization_id uuid not null references ${names.qualified('organization')} (id) on delete cascade,
          email varchar(255) not null,
          role varchar(50) not null default 'member',
          groups uuid[] not null default '{}',
          token_hash bytea not null constraint ${names.local('invitation_token_hash_key')} unique check (length(token_hash) = 32),
          invited_by uuid references ${user} (id) on delete set null,
          sent_at timestamptz not null default now(),
          accepted_by uuid references ${user} (id) on delete cascade,
          accepted_at timestamptz,
          revoked_at timestamptz,
          created_at timestamptz not null default now(),
          expires_at timestamptz not null
        )`.execute(db)
      await sql`
        create index ${names.local('invitation_organization_id')} on ${invitation} (organization_id, created_at)`.execute(
        db,
      )
      await sql`
        create index ${names.local('invitation_email')} on ${invitation} (lower(email collate "C"))
        where accepted_at is null and revoked_at is null`.execute(db)
      await sql`create index ${names.local('invitation_invited_by')} on ${invitation} (invited_by)`.execute(db)
      await sql`create index ${names.local('invitation_accepted_by')} on ${invitation} (accepted_by)`.execute(db)
    },
  }
}
