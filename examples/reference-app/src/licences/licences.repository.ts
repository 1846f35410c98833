import { type Kysely, sql, type Transaction } from 'kysely'
import type { LicencesDatabase } from './tables.ts'

type Db = Kysely<LicencesDatabase>

function select(db: Db) {
  return db
    .selectFrom('store_licence as licence')
    .innerJoin('store_asset as asset', 'asset.id', 'licence.asset_id')
    .select([
      'licence.id',
      'licence.position',
      'licence.asset_id',
      'licence.granted_at',
      'licence.expires_at',
      'asset.title as asset_title',
      'asset.kind as asset_kind',
      'asset.creator as asset_creator',
      'asset.terms as asset_terms',
      // The database's clock, so that no two processes disagree.
      sql<boolean>`licence.expires_at > now()`.as('is_active'),
    ])
    .orderBy('licence.position', 'desc')
}

export type LicenceRow = Awaited<ReturnType<typeof selectOne>> & {}

/** Undefined as well when it is another user's. */
export function selectOne(db: Db, userId: string, id: string) {
  return select(db).where('licence.id', '=', id).where('licence.user_id', '=', userId).executeTakeFirst()
}

export function selectOf(db: Db, userId: string, after: string | undefined, limit: number) {
  const query = select(db).where('licence.user_id', '=', userId).limit(limit)
  return (after === undefined ? query : query.where('licence.position', '<', after)).execute()
}

/** The one that lasts longest: a person that two became may hold several. */
export function selectLongestFor(db: Db, userId: string, assetId: string) {
  return select(db)
    .clearOrderBy()
    .orderBy('licence.expires_at', 'desc')
    .where('licence.user_id', '=', userId)
    .where('licence.asset_id', '=', assetId)
    .limit(1)
    .executeTakeFirst()
}

export interface Grant {
  /** The request. */
  readonly id: string
  readonly asset_id: string
  readonly user_id: string
  readonly days: number
}

export async function insertLicence(trx: Transaction<LicencesDatabase>, grant: Grant): Promise<void> {
  const { id, asset_id, user_id, days } = grant
  const expires_at = sql<Date>`now() + make_interval(days => ${days})`
  await trx.insertInto('store_licence').values({ request_id: id, asset_id, user_id, expires_at }).execute()
}

/** For the export: all of one person, oldest first. */
export function selectForExport(trx: Transaction<LicencesDatabase>, userId: string) {
  return trx
    .selectFrom('store_licence')
    .select(['id', 'asset_id', 'request_id', 'granted_at', 'expires_at'])
    .where('user_id', '=', userId)
    .orderBy('position')
    .execute()
}

/** Ends every licence of an erased user. May be repeated. */
export async function endAllOf(trx: Transaction<LicencesDatabase>, userId: string): Promise<void> {
  await trx
    .updateTable('store_licence')
    .set({ expires_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('expires_at', '>', sql<Date>`now()`)
    .execute()
}

export async function moveLicences(trx: Transaction<LicencesDatabase>, from: string, into: string): Promise<void> {
  await trx.updateTable('store_licence').set({ user_id: into }).where('user_id', '=', from).execute()
}
