import type { Kysely, Transaction } from 'kysely'
import { toAssetLabel } from '../assets/asset-rows.ts'
import { conflict, notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { PageQuery } from '../common/schema.ts'
import * as repository from './licences.repository.ts'
import type { Licence } from './schema.ts'
import type { LicencesDatabase } from './tables.ts'

export interface Licences {
  mine(userId: string, query: PageQuery): Promise<PageOf<Licence>>
  /** The person's licence for an asset; of several the one that lasts longest. */
  longestFor(userId: string, assetId: string): Promise<Licence | null>
  /** Plain text. 404 for another user's licence, 409 when it has expired. */
  certificate(userId: string, id: string, holder: string): Promise<string>
}

export function createLicences(db: Kysely<LicencesDatabase>): Licences {
  return {
    async mine(userId, { after, limit }) {
      return toPage(await repository.selectOf(db, userId, after, limit + 1), limit, toLicence)
    },
    async longestFor(userId, assetId) {
      const row = await repository.selectLongestFor(db, userId, assetId)
      return row === undefined ? null : toLicence(row)
    },
    async certificate(userId, id, holder) {
      const row = await repository.selectOne(db, userId, id)
      if (row === undefined) throw notFound('licence')
      if (!row.is_active) throw conflict('LICENCE_EXPIRED', 'This licence has expired')
      return certificateText(row, holder)
    },
  }
}

/** Part of the transaction that approves the request: both happen or neither. */
export function grantLicence(trx: Transaction<LicencesDatabase>, grant: repository.Grant): Promise<void> {
  return repository.insertLicence(trx, grant)
}

export async function holdsActiveLicence(
  db: Kysely<LicencesDatabase>,
  userId: string,
  assetId: string,
): Promise<boolean> {
  return (await repository.selectLongestFor(db, userId, assetId))?.is_active === true
}

function toLicence(row: repository.LicenceRow): Licence {
  return {
    id: row.id,
    asset: toAssetLabel(row),
    granted_at: row.granted_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    status: row.is_active ? 'active' : 'expired',
  }
}

function certificateText(row: repository.LicenceRow, holder: string): string {
  const lines = [
    'LICENCE CERTIFICATE',
    '',
    `Licence   ${row.id}`,
    `Asset     ${oneLine(row.asset_title)}`,
    `Creator   ${oneLine(row.asset_creator)}`,
    `Holder    ${oneLine(holder)}`,
    `Granted   ${day(row.granted_at)}`,
    `Expires   ${day(row.expires_at)}`,
    '',
    'Terms',
    row.asset_terms,
  ]
  return `${lines.join('\n')}\n`
}

/** Names must not add lines that look like ours. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10)
}
