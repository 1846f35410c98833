import { sql } from 'kysely'
import type { Db } from '../../db/handle.ts'

/** When a person was seen, and when the newest token they showed was issued; ISO 8601. */
export interface Seen {
  readonly id: string
  readonly seen_at: string
  readonly login_at: string
}

/** The strategy that the `sub` begins with; nothing else of it, which might name the person. */
const connection = sql<string>`coalesce(substring(u.auth0_id from '^([A-Za-z0-9_-]{1,50})\\|'), 'other')`

/** Days of UTC. */
const seenDay = sql<string>`(due.seen_at at time zone 'UTC')::date`

/** A user who had not been seen on that day; a user written as `due` was not seen later. */
const isNewDay = sql<boolean>`(due.last_seen_at is null or (due.last_seen_at at time zone 'UTC')::date < ${seenDay})`

/** The first token that a user sent here, or a newer one than before. */
const isSignIn = sql<boolean>`(due.last_seen_at is null or due.last_login_at is null or due.last_login_at < due.login_at)`

/**
 * Notes when people were seen, in one statement: only rows whose note is older than `interval` seconds,
 * or that have a newer sign-in, and no columns but these two. A row that another transaction
 * is writing is passed over, so that this neither waits nor deadlocks. The same statement counts them by day and
 * connection for the reports, because the row itself only holds the last time.
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
        .select(['u.id', 'n.seen_at', 'n.login_at', 'u.last_seen_at', 'u.last_login_at'])
        .select(connection.as('connection'))
        // A note from before a user was anonymised must not come back.
        .where('u.anonymised_at', 'is', null)
        .where(
          sql<boolean>`(u.last_seen_at is null or u.last_seen_at <= n.seen_at - make_interval(secs => ${interval})
            or u.last_login_at is null or u.last_login_at < n.login_at)`,
        )
        .orderBy('u.id')
        .modifyEnd(sql`for no key update of u skip locked`),
    )
    // In the same order in every process, so that two never deadlock.
    .with('counted', cte =>
      cte
        .insertInto('accounts_daily_activity')
        .columns(['day', 'connection', 'people', 'sign_ins'])
        .expression(of =>
          of
            .selectFrom('due')
            .select([seenDay.as('day'), 'connection'])
            .select([sql<number>`count(*) filter (where ${isNewDay})`.as('people')])
            .select([sql<number>`count(*) filter (where ${isSignIn})`.as('sign_ins')])
            .groupBy([seenDay, 'connection'])
            .having(sql<boolean>`bool_or(${isNewDay} or ${isSignIn})`)
            .orderBy(seenDay)
            .orderBy('connection'),
        )
        .onConflict(conflict =>
          conflict.columns(['day', 'connection']).doUpdateSet(eb => ({
            people: sql`${eb.ref('accounts_daily_activity.people')} + excluded.people`,
            sign_ins: sql`${eb.ref('accounts_daily_activity.sign_ins')} + excluded.sign_ins`,
          })),
        ),
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
