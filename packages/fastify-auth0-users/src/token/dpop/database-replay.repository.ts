import type { Db } from '../../db/handle.ts'

/** False when it was there already; waits for a transaction that is inserting the same. */
export async function insertProof(db: Db, hash: Uint8Array, expiresAt: Date): Promise<boolean> {
  const result = await db
    .insertInto('accounts_dpop_proof')
    .values({ proof_hash: hash, expires_at: expiresAt })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** Deletes proofs that are too old to be of use, passing over what another process is deleting. */
export async function deleteExpiredProofs(db: Db, now: Date, batch: number): Promise<void> {
  await db
    .deleteFrom('accounts_dpop_proof')
    .where('proof_hash', 'in', of =>
      of
        .selectFrom('accounts_dpop_proof')
        .select('proof_hash')
        .where('expires_at', '<', now)
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}
