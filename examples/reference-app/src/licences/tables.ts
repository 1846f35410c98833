import type { Generated, GeneratedAlways } from 'kysely'
import type { AssetsDatabase } from '../assets/tables.ts'

export interface LicenceTable {
  id: Generated<string>
  position: GeneratedAlways<string>
  /** The request that it was granted for; one licence a request. */
  request_id: string
  asset_id: string
  user_id: string
  granted_at: Generated<Date>
  expires_at: Date
}

/** The tables that licences work with. */
export interface LicencesDatabase extends AssetsDatabase {
  store_licence: LicenceTable
}
