import type { Db } from '../db/handle.ts'

/** Deletes at most `batch` sessions that ended before `before`, the oldest first; resolves to how many. */
export async function deleteSessionsBefore(db: Db, before: Date, batch: number): Promise<number> {
  const result = await db
    .deleteFrom('accounts_session')
    .where('id', 'in', of =>
      of
        .selectFrom('accounts_session')
        .select('id')
        .where('expires_at', '<', before)
        .orderBy('expires_at')
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
