import { sql } from 'kysely'
import type { Db } from '../db/handle.ts'

/** Sends a notification from a connection of the host's handle; resolves to how many of our triggers would send on that channel. */
export async function notifyAndCountTriggers(db: Db, channel: string, payload: string): Promise<number> {
  const { rows } = await sql<{ triggers: number }>`
    select pg_notify(${channel}, ${payload}), (
      select count(*)::int from pg_trigger
      where tgargs = convert_to(${channel}, 'UTF8') || '\\x00'::bytea and tgenabled in ('O', 'A')
    ) as triggers`.execute(db)
  return rows[0]?.triggers ?? 0
}
