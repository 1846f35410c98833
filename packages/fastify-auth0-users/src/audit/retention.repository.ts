import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'

/** One step through the trail, oldest entries first. */
export interface PurgeStep {
  /** How many entries were deleted. */
  readonly deleted: number
  /** The id to go on after; null when no entry behind it is old enough. */
  readonly next: string | null
}

/**
 * Deletes, of the next `batch` entries by id, those from before `cutoff` that are the oldest of their
 * person; an old entry behind a younger one waits for it. Says so to the trigger that guards the
 * trail, for this transaction alone.
 */
export async function deleteOldest(trx: Trx, cutoff: Date, after: string, batch: number): Promise<PurgeStep> {
  await sql`select set_config('auth0_users.purge_audit_before', ${cutoff.toISOString()}, true)`.execute(trx)
  const { last, old, deleted } = await trx
    .with('batch', db =>
      db
        .selectFrom('accounts_audit')
        .select(['id', 'user_id', 'position', 'at'])
        .where('id', '>', after)
        .orderBy('id')
        .limit(batch),
    )
    .with('aged', db =>
      db
        .selectFrom('batch as b')
        .innerJoin('accounts_audit_chain as c', 'c.user_id', 'b.user_id')
        .select(['b.id', 'b.position'])
        .select(sql<string>`c.purged_length + row_number() over (partition by b.user_id order by b.position)`.as('due'))
        .where('b.at', '<', cutoff),
    )
    .with('gone', db =>
      db
        .deleteFrom('accounts_audit as a')
        .using('aged')
        .whereRef('a.id', '=', 'aged.id')
        .whereRef('aged.position', '=', 'aged.due')
        .returning('a.id'),
    )
    .selectNoFrom(eb => [
      eb.selectFrom('batch').select(sql<string | null>`max(id)::text`.as('last')).as('last'),
      eb.selectFrom('aged').select(sql<number>`count(*)::int`.as('old')).as('old'),
      eb.selectFrom('gone').select(sql<number>`count(*)::int`.as('deleted')).as('deleted'),
    ])
    .executeTakeFirstOrThrow()
  return { deleted: deleted ?? 0, next: old === 0 ? null : last }
}
