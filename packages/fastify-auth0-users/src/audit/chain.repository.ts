import { sql } from 'kysely'
import type { DbOrTrx } from '../db/handle.ts'

/** What recomputing every hash of a person's chain found, beside its recorded head. Positions are bigint as text. */
export interface ChainFindings {
  /** How many entries there ever were; null where there is no head. */
  readonly length: string | null
  readonly purged_length: string | null
  /** Of the head, hexadecimal. */
  readonly hash: string | null
  /** How many entries are there. */
  readonly entries: number
  readonly last_position: string | null
  /** Hexadecimal. */
  readonly last_hash: string | null
  /** The first entry that is out of place or whose hash does not follow from the one before and its own content. */
  readonly broken_at: string | null
}

/** One statement, so of one moment; one pass over the index on (user_id, position). */
export async function inspectChain(db: DbOrTrx, userId: string): Promise<ChainFindings> {
  const head = db.selectFrom('accounts_audit_chain').where('user_id', '=', userId)
  return await db
    .selectFrom('accounts_audit_check')
    .select([
      head.select('length').as('length'),
      head.select('purged_length').as('purged_length'),
      head.select(sql<string>`encode(hash, 'hex')`.as('hash')).as('hash'),
      sql<number>`count(*)::int`.as('entries'),
      sql<string | null>`max(position)::text`.as('last_position'),
      sql<string | null>`encode((array_agg(hash order by position desc))[1], 'hex')`.as('last_hash'),
      sql<string | null>`(min(position) filter (where follows is not true))::text`.as('broken_at'),
    ])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
}
