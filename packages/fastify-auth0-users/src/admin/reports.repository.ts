import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/handle.ts'

/** Days of UTC as `YYYY-MM-DD`, both included. */
export interface DayRange {
  readonly from: string
  readonly to: string
}

export interface ActivityRow {
  readonly day: string
  readonly people: number
}

export interface SignInRow {
  readonly day: string
  readonly connection: string
  readonly sign_ins: number
}

export interface RegistrationRow {
  readonly day: string
  readonly started: number
  readonly verified: number
  readonly returned: number
}

export interface CompletionRow {
  readonly day: string
  readonly people: number
  readonly complete: number
}

/** As text, because drivers read a `date` in the time zone of the process. */
const dayText = sql<string>`to_char(day, 'YYYY-MM-DD')`.as('day')

export async function selectActivity(db: Db, { from, to }: DayRange): Promise<ActivityRow[]> {
  return await db
    .selectFrom('accounts_report_activity')
    .select([dayText, 'people'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .execute()
}

export async function selectSignIns(db: Db, { from, to }: DayRange): Promise<SignInRow[]> {
  return await db
    .selectFrom('accounts_report_sign_in')
    .select([dayText, 'connection', 'sign_ins'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('accounts_report_sign_in.day')
    .orderBy('connection')
    .execute()
}

export async function selectRegistrations(db: Db, { from, to }: DayRange): Promise<RegistrationRow[]> {
  return await db
    .selectFrom('accounts_report_registration')
    .select([dayText, 'started', 'verified', 'returned'])
    .where('day', '>=', from)
    .where('day', '<=', to)
    .execute()
}

/** How many of the people who were created on a day have all required fields by now; served by the index on that day. */
export async function selectCompletion(
  db: Db,
  { from, to }: DayRange,
  required: readonly string[],
): Promise<CompletionRow[]> {
  // Written as in the index of migration 0011.
  const made = sql<string>`(created_at at time zone 'UTC')::date`
  const complete =
    required.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`${sql.join(required.map(isFilled), sql` and `)}`
  return await db
    .selectFrom('accounts_user')
    .select([
      sql<string>`to_char(${made}, 'YYYY-MM-DD')`.as('day'),
      sql<number>`count(*)::integer`.as('people'),
      sql<number>`(count(*) filter (where ${complete}))::integer`.as('complete'),
    ])
    .where('anonymised_at', 'is', null)
    .where(made, '>=', from)
    .where(made, '<=', to)
    .groupBy(made)
    .execute()
}

/** The rule of profile/completion.ts: null, blank text, an empty list and an empty object are missing. */
function isFilled(field: string): RawBuilder<SqlBool> {
  if (field === 'first_name' || field === 'last_name') return sql`coalesce(${sql.ref(field)} ~ '\\S', false)`
  const value = sql`profile_data -> ${field}::text`
  return sql`case jsonb_typeof(${value})
    when 'string' then (profile_data ->> ${field}::text) ~ '\\S'
    when 'object' then ${value} <> '{}'::jsonb
    when 'array' then ${value} <> '[]'::jsonb
    when 'null' then false
    else jsonb_typeof(${value}) is not null end`
}
