import { sql } from 'kysely'
import type { Trx } from './handle.ts'

/** Makes a transaction that has not read yet a read-only view of one moment. */
export async function freezeView(trx: Trx): Promise<void> {
  await sql`set transaction isolation level repeatable read, read only`.execute(trx)
}
