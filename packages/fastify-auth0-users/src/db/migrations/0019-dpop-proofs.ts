import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/** DPoP proofs that were used, as SHA-256, for hosts whose processes tell each other of them through the database. */
export function dpopProofsMigration(names: Names): Migration {
  const table = names.qualified('dpop_proof')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`
        create table ${table} (
          proof_hash bytea primary key check (length(proof_hash) = 32),
          expires_at timestamptz not null
        )`.execute(db)
      await sql`create index ${names.local('dpop_proof_expires_at')} on ${table} (expires_at)`.execute(db)
    },
  }
}
