import { sql } from 'kysely'
import type { Db, DbOrTrx, Trx } from '../db/handle.ts'
import { type SubjectState, unheardOf } from './subject-state.ts'

/** One message of an identity at a time, in all processes; until the end of the transaction. */
export async function lockSubject(trx: Trx, subjectHash: Buffer): Promise<void> {
  await sql`select pg_advisory_xact_lock(${subjectHash.readBigInt64BE().toString()}::bigint)`.execute(trx)
}

/** What became of a message that was taken before. */
export async function selectOutcome(db: DbOrTrx, idHash: Uint8Array): Promise<string | undefined> {
  const row = await db
    .selectFrom('accounts_auth0_event')
    .select('outcome')
    .where('id_hash', '=', idHash)
    .executeTakeFirst()
  return row?.outcome
}

export async function upsertEvent(trx: Trx, idHash: Uint8Array, outcome: string, expiresAt: Date): Promise<void> {
  await trx
    .insertInto('accounts_auth0_event')
    .values({ id_hash: idHash, outcome, expires_at: expiresAt })
    .onConflict(conflict => conflict.column('id_hash').doUpdateSet({ outcome }))
    .execute()
}

/** False when it was there already; waits for a transaction that is inserting the same. */
export async function insertEventOnce(
  trx: Trx,
  idHash: Uint8Array,
  outcome: string,
  expiresAt: Date,
): Promise<boolean> {
  const result = await trx
    .insertInto('accounts_auth0_event')
    .values({ id_hash: idHash, outcome, expires_at: expiresAt })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

export async function selectState(trx: Trx, subjectHash: Uint8Array): Promise<SubjectState> {
  return (await selectStates(trx, [subjectHash]))[0] ?? unheardOf
}

export async function selectStates(trx: Trx, subjectHashes: readonly Uint8Array[]): Promise<SubjectState[]> {
  const rows = await trx
    .selectFrom('accounts_auth0_subject')
    .selectAll()
    .where('subject_hash', 'in', subjectHashes)
    .execute()
  return rows.map(row => ({
    present: row.present_order,
    deleted: row.deleted_order,
    unlinked: row.unlinked,
    fields: row.field_orders,
    blocked: row.blocked,
    blockedOrder: row.blocked_order,
    deactivated: row.deactivated,
  }))
}

/** Those of the identities that were blocked, or deleted. */
export async function selectHeld(db: Db, subjectHashes: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const rows = await db
    .selectFrom('accounts_auth0_subject')
    .select('subject_hash')
    .where('subject_hash', 'in', subjectHashes)
    .where(eb => eb.or([eb('blocked', '=', true), eb('deleted_order', 'is not', null)]))
    .execute()
  return rows.map(row => row.subject_hash)
}

/** @param expiresAt null: to be kept. */
export async function upsertState(
  trx: Trx,
  subjectHash: Uint8Array,
  state: SubjectState,
  expiresAt: Date | null,
): Promise<void> {
  const columns = {
    present_order: state.present,
    deleted_order: state.deleted,
    unlinked: state.unlinked,
    field_orders: JSON.stringify(state.fields),
    blocked: state.blocked,
    blocked_order: state.blockedOrder,
    deactivated: state.deactivated,
    expires_at: expiresAt,
  }
  await trx
    .insertInto('accounts_auth0_subject')
    .values({ subject_hash: subjectHash, ...columns })
    .onConflict(conflict => conflict.column('subject_hash').doUpdateSet(columns))
    .execute()
}

/** Deletes what is too old to matter, at most `batch` of each, passing over what another process is deleting. */
export async function deleteExpired(db: Db, now: Date, batch: number): Promise<void> {
  await db
    .deleteFrom('accounts_auth0_event')
    .where('id_hash', 'in', of =>
      of
        .selectFrom('accounts_auth0_event')
        .select('id_hash')
        .where('expires_at', '<', now)
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
  await db
    .deleteFrom('accounts_auth0_subject')
    .where('subject_hash', 'in', of =>
      of
        .selectFrom('accounts_auth0_subject')
        .select('subject_hash')
        .where('expires_at', '<', now)
        .limit(batch)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}
