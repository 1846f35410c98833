import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** The audit trail: append-only by a trigger; no foreign key, because it outlives the person's row. */
export function auditMigration(names: Names): Migration {
  const audit = names.qualified('audit')
  const refuse = names.qualified('audit_refuse_change')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${audit} (
          id bigint generated always as identity primary key,
          user_id uuid not null,
          actor_id uuid,
          action varchar(100) not null,
          fields text[] not null default '{}',
          method varchar(20),
          request_id text,
          detail jsonb not null default '{}',
          at timestamptz not null default now()
        )`.execute(db)
      await sql`create index ${names.local('audit_user_id_id')} on ${audit} (user_id, id desc)`.execute(db)
      await sql`
        create function ${refuse}() returns trigger language plpgsql as $$
        begin
          raise exception 'the audit trail is append-only' using errcode = 'integrity_constraint_violation';
        end $$`.execute(db)
      await sql`
        create trigger ${names.local('audit_append_only')} before update or delete or truncate on ${audit}
        for each statement execute function ${refuse}()`.execute(db)
    },
  }
}
