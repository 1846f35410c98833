import { type Kysely, type Migration, sql } from 'kysely'
import type { Names } from '../names.ts'

/**
 * The counts behind the reports for staff. Activity is counted by day and connection as it is written (see
 * users/activity.repository.ts), because the row of a person only holds the last time; everything else is
 * counted over an index on the day on which people were made. Days are those of UTC.
 */
export function reportsMigration(names: Names): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createActivity(db, names)
      await createRegistrations(db, names)
    },
  }
}

async function createActivity(db: Kysely<unknown>, names: Names): Promise<void> {
  const daily = names.qualified('daily_activity')
  await sql`
    create table ${daily} (
      day date not null,
      connection varchar(50) not null,
      people integer not null,
      sign_ins integer not null,
      primary key (day, connection)
    )`.execute(db)
  await sql`
    create view ${names.qualified('report_activity')} as
    select day, sum(people)::integer as people from ${daily} group by day`.execute(db)
  await sql`
    create view ${names.qualified('report_sign_in')} as
    select day, connection, sign_ins from ${daily} where sign_ins > 0`.execute(db)
}

/** Partial, because who was anonymised counts nowhere. */
async function createRegistrations(db: Kysely<unknown>, names: Names): Promise<void> {
  const user = names.qualified('user')
  await sql`
    create index ${names.local('user_created_day')} on ${user} (((created_at at time zone 'UTC')::date))
    where anonymised_at is null`.execute(db)
  await sql`
    create view ${names.qualified('report_registration')} as
    select (created_at at time zone 'UTC')::date as day,
      count(*)::integer as started,
      (count(*) filter (where email_verified))::integer as verified,
      (count(*) filter (where last_seen_at >= created_at + interval '1 day'))::integer as returned
    from ${user} where anonymised_at is null
    group by (created_at at time zone 'UTC')::date`.execute(db)
}
