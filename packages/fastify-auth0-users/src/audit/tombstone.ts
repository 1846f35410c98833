import { createHash } from 'node:crypto'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { type Actor, record } from './audit.ts'
import { deleteTombstone, insertTombstones, selectTombstones } from './tombstone.repository.ts'

/**
 * Whether the person behind an identity was anonymised, so that a token that is still valid must not
 * bring them back. Inside a provisioning transaction this is to be asked after the insert: an insert
 * that waited for the anonymisation to commit sees its tombstone only then.
 *
 * @param subject the `sub`, exactly as signed.
 */
export async function isErased(db: DbOrTrx, subject: string): Promise<boolean> {
  return (await erasedAmong(db, [subject])).size > 0
}

/** The same for many identities, in one query: those of them that were erased. */
export async function erasedAmong(db: DbOrTrx, subjects: readonly string[]): Promise<ReadonlySet<string>> {
  if (subjects.length === 0) return new Set()
  const byHash = new Map(subjects.map(subject => [hashOf(subject), subject]))
  const found = await selectTombstones(db, [...byHash.keys()])
  return new Set(found.flatMap(hash => byHash.get(hash) ?? []))
}

/** Remembers identities as erased. Of the `sub` only its SHA-256 is kept. */
export async function entomb(trx: Trx, userId: string, subjects: readonly string[]): Promise<void> {
  if (subjects.length === 0) return
  await insertTombstones(
    trx,
    userId,
    subjects.map(subject => Buffer.from(hashOf(subject), 'hex')),
  )
}

/** Lets an erased identity be provisioned again, as a new person. Answers whether it was erased. */
export async function readmit(trx: Trx, subject: string, actor: Actor): Promise<boolean> {
  const userId = await deleteTombstone(trx, Buffer.from(hashOf(subject), 'hex'))
  if (userId !== undefined) await record(trx, { ...actor, userId, action: 'user.readmitted', fields: [] })
  return userId !== undefined
}

const hashOf = (subject: string): string => createHash('sha256').update(subject).digest('hex')
