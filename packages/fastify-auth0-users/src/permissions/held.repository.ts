import { sql } from 'kysely'
import type { DbOrTrx } from '../db/handle.ts'

/** The names of a person's groups. */
export async function selectGroupNames(db: DbOrTrx, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts_user_group as m')
    .innerJoin('accounts_group as g', 'g.id', 'm.group_id')
    .select('g.name')
    .where('m.user_id', '=', userId)
    .orderBy('g.name')
    .execute()
  return rows.map(row => row.name)
}

/** Permissions granted to the person and those of the groups. */
export async function selectPermissions(db: DbOrTrx, userId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts_user_permission')
    .select('permission')
    .where('user_id', '=', userId)
    .union(
      db
        .selectFrom('accounts_user_group as m')
        .innerJoin('accounts_group_permission as p', 'p.group_id', 'm.group_id')
        .select('p.permission')
        .where('m.user_id', '=', userId),
    )
    .orderBy(sql`1`)
    .execute()
  return rows.map(row => row.permission)
}
