import type { DbOrTrx, Trx } from '../db/handle.ts'

export async function selectTombstones(db: DbOrTrx, hashes: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const rows = await db
    .selectFrom('accounts_tombstone')
    .select('subject_hash')
    .where('subject_hash', 'in', hashes)
    .execute()
  return rows.map(row => row.subject_hash)
}

/** Writes one for each hash; those that are there stay as they are. */
export async function insertTombstones(trx: Trx, userId: string, hashes: readonly Uint8Array[]): Promise<void> {
  await trx
    .insertInto('accounts_tombstone')
    .values(hashes.map(subject_hash => ({ subject_hash, user_id: userId })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

/** Answers whose it was. */
export async function deleteTombstone(trx: Trx, hash: Uint8Array): Promise<string | undefined> {
  const row = await trx
    .deleteFrom('accounts_tombstone')
    .where('subject_hash', '=', hash)
    .returning('user_id')
    .executeTakeFirst()
  return row?.user_id
}
