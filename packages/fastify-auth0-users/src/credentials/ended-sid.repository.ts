import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'

/** The longest life of an access token that Auth0 issues, in milliseconds: 30 days. */
const longestTokenLife = 2_592_000_000

/** Most rows that one call deletes. */
const batch = 1000

/** Remembers that a session at Auth0 was logged out, for as long as a token of it can be valid; deletes older ones. */
export async function rememberEnded(trx: Trx, sidHash: Buffer, now: Date): Promise<void> {
  // Whatever begins with it at this moment is waited for, and then ended as well.
  await sql`select pg_advisory_xact_lock(${sidHash.readBigInt64BE().toString()}::bigint)`.execute(trx)
  const expires_at = new Date(now.getTime() + longestTokenLife)
  await trx
    .insertInto('accounts_ended_sid')
    .values({ sid_hash: sidHash, expires_at })
    .onConflict(conflict => conflict.column('sid_hash').doUpdateSet({ expires_at }))
    .execute()
  await trx
    .deleteFrom('accounts_ended_sid')
    .where('sid_hash', 'in', of =>
      of
        .selectFrom('accounts_ended_sid')
        .select('sid_hash')
        .where('expires_at', '<', now)
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}
