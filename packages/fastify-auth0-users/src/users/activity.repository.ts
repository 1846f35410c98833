import { sql } from 'kysely'
import type { Db } from '../db/handle.ts'

/** When a person was seen, and when the newest token they showed was issued; ISO 8601. */
export interface Seen {
  readonly id: string
  readonly seen_at: string
  readonly login_at: string
}

/**
 * Notes when people were seen, in one statement: only rows whose note is older than `interval` seconds,
 * or that have a newer sign-in, and no columns but these two. A row that another transaction
 * is writing is passed over, so that this neither waits nor deadlocks.
 */
export async function updateSeen(db: Db, people: readonly Seen[], interval: number): Promise<number> {
  const given = sql<Seen>`json_to_recordset(${JSON.stringify(people)}::json)`.as<'n'>(
    sql`n(id uuid, seen_at timestamptz, login_at timestamptz)`,
  )
  const result = await db
    .with('due', cte =>
      cte
        .selectFrom('accounts_user as u')
        .innerJoin(given, join => join.onRef('n.id', '=', 'u.id'))
        .select(['u.id', 'n.seen_at', 'n.login_at'])
        // A note from before somebody was anonymised must not come back.
        .where('u.anonymised_at', 'is', null)
        .where(
          sql<boolean>`(u.last_seen_at is null or u.last_seen_at <= n.seen_at - make_interval(secs => ${interval})
            or u.last_login_at is null or u.last_login_at < n.login_at)`,
        )
        .orderBy('u.id')
        .modifyEnd(sql`for no key update of u skip locked`),
    )
    .updateTable('accounts_user as u')
    .from('due')
    .set({
      last_seen_at: sql<Date>`greatest(u.last_seen_at, due.seen_at)`,
      last_login_at: sql<Date>`greatest(u.last_login_at, due.login_at)`,
    })
    .whereRef('u.id', '=', 'due.id')
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}
