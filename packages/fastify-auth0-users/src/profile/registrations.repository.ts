import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/handle.ts'
import type { CompletionSubject } from './completion.ts'

/** A person on the way to a complete profile. */
export interface Registrant extends CompletionSubject {
  readonly id: string
}

/** People whose row was made after `from` and not after `to`, by id, from behind `after`; a scan of the table. */
export async function selectMadeBetween(db: Db, from: Date, to: Date, after: string | null): Promise<Registrant[]> {
  return await db
    .selectFrom('accounts_user')
    .select(['id', 'profile_data'])
    .select([
      sql<string>`coalesce(first_name, '')`.as('first_name'),
      sql<string>`coalesce(last_name, '')`.as('last_name'),
    ])
    .where('created_at', '>', from)
    .where('created_at', '<=', to)
    .where('anonymised_at', 'is', null)
    .where(eb => (after === null ? eb.lit<SqlBool>(true) : eb('id', '>', after)))
    .orderBy('id')
    .limit(1000)
    .execute()
}
