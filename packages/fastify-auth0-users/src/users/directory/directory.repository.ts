import { type RawBuilder, type Selectable, sql } from 'kysely'
import { addressKeySql, addressPresentSql } from '../../db/address.ts'
import type { DbOrTrx, Trx } from '../../db/handle.ts'
import { searchKeys } from '../../db/migrations/0007-activity.ts'
import type { UserTable } from '../../db/schema.ts'
import { foldAddress } from '../../lib/address.ts'

/** What people are found by, in the order in which the hits are listed. */
export const searchFields = Object.keys(searchKeys) as readonly SearchField[]

export type SearchField = keyof typeof searchKeys

/** A row as the directory reads it, without grants. */
export type DirectoryRow = Selectable<UserTable>

/** Where a page of a search begins: behind this person, among the hits of this field. */
export interface SearchPosition {
  readonly field: SearchField
  readonly id: string
}

export interface SearchHit extends DirectoryRow {
  /** The position of `searchFields` that the person was found by. */
  readonly field: number
}

/** The highest code point: behind everything that begins with a prefix. */
const last = '\u{10FFFF}'

const keyOf = (field: SearchField): RawBuilder<string> =>
  sql<string>`${sql.raw(field === 'email' ? addressKeySql : searchKeys[field])}`

function begins(field: SearchField, text: string): RawBuilder<boolean> {
  const start = field === 'email' ? sql`${foldAddress(text)}::text` : sql`lower(${text})`
  const range = sql<boolean>`${keyOf(field)} >= ${start} and ${keyOf(field)} < ${start} || ${last}`
  return field === 'email' ? sql<boolean>`(${range} and ${sql.raw(addressPresentSql)})` : sql<boolean>`(${range})`
}

/**
 * People one of whose fields begins with the text, a person once, ordered by field, value and id. Each
 * field is a range of its own index, read only as far as the page needs.
 */
export async function searchPeople(
  db: DbOrTrx,
  text: string,
  after: SearchPosition | undefined,
  limit: number,
): Promise<SearchHit[]> {
  const from = after === undefined ? 0 : searchFields.indexOf(after.field)
  const hits: SearchHit[] = []
  for (let place = from; place < searchFields.length && hits.length < limit; place++) {
    const behind = place === from ? after?.id : undefined
    hits.push(...(await searchField(db, text, place, behind, limit - hits.length)))
  }
  return hits
}

async function searchField(
  db: DbOrTrx,
  text: string,
  place: number,
  behind: string | undefined,
  limit: number,
): Promise<SearchHit[]> {
  const field = searchFields[place] as SearchField
  const key = keyOf(field)
  let query = db
    .selectFrom('accounts_user')
    .selectAll()
    .where(begins(field, text))
    .orderBy(key)
    .orderBy('id')
    .limit(limit)
  // A user that an earlier field found was listed there.
  for (const earlier of searchFields.slice(0, place))
    query = query.where(sql<boolean>`${begins(earlier, text)} is not true`)
  if (behind !== undefined) {
    const start = db.selectFrom('accounts_user').select(key.as('key')).where('id', '=', behind)
    query = query.where(sql<boolean>`(${key}, id) > ((${start}), ${behind}::uuid)`)
  }
  return (await query.execute()).map(row => ({ ...row, field: place }))
}

/** Everybody, by id. */
export async function listPeople(db: DbOrTrx, after: string | undefined, limit: number): Promise<DirectoryRow[]> {
  let query = db.selectFrom('accounts_user').selectAll().orderBy('id').limit(limit)
  if (after !== undefined) query = query.where('id', '>', after)
  return await query.execute()
}

export async function selectById(db: DbOrTrx, id: string): Promise<DirectoryRow | undefined> {
  return await db.selectFrom('accounts_user').selectAll().where('id', '=', id).executeTakeFirst()
}

/** By the person's own or a linked identity. */
export async function selectBySubject(db: DbOrTrx, subject: string): Promise<DirectoryRow | undefined> {
  const linked = db.selectFrom('accounts_identity').select('user_id').where('auth0_id', '=', subject)
  const own = db.selectFrom('accounts_user').select('id as user_id').where('auth0_id', '=', subject)
  return await db
    .selectFrom('accounts_user')
    .selectAll()
    .where('id', '=', own.unionAll(linked).limit(1))
    .executeTakeFirst()
}

/** The row after the change; undefined when there was nothing to change, or no such user. */
export async function updateActive(trx: Trx, id: string, active: boolean): Promise<DirectoryRow | undefined> {
  return await trx
    .updateTable('accounts_user')
    .set({ is_active: active, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .where('is_active', '!=', active)
    .returningAll()
    .executeTakeFirst()
}

/** Never moves the moment back. */
export async function updateTokensValidAfter(trx: Trx, id: string, moment: Date): Promise<DirectoryRow | undefined> {
  return await trx
    .updateTable('accounts_user')
    .set({ tokens_valid_after: sql<Date>`greatest(tokens_valid_after, ${moment})`, updated_at: sql<Date>`now()` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
}
