import { sql } from 'kysely'
import type { Trx } from '../db/handle.ts'

/** What policies of the host's tables read; empty for nothing. */
export interface TransactionSettings {
  readonly userId: string
  readonly organizationId: string
  readonly actor: string
}

/** Sets them until the transaction ends, and no longer: a connection that another request gets has none of them. */
export async function applySettings(trx: Trx, { userId, organizationId, actor }: TransactionSettings): Promise<void> {
  await sql`select set_config('app.user_id', ${userId}, true), set_config('app.organization_id', ${organizationId}, true),
    set_config('app.actor', ${actor}, true)`.execute(trx)
}
