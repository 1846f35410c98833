import { sql } from 'kysely'
import type { DbOrTrx, Trx } from '../db/handle.ts'

/** Hashes are hexadecimal; returns those that have a tombstone. */
export async function selectTombstones(db: DbOrTrx, hashes: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts_tombstone')
    .select(sql<string>`encode(subject_hash, 'hex')`.as('hash'))
    .where('subject_hash', '=', sql<Buffer>`any(array(select decode(h, 'hex') from unnest(${[...hashes]}::text[]) h))`)
    .execute()
  return rows.map(({ hash }) => hash)
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
