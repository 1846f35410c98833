import { exportFor as exportActivity } from '../audit/audit.ts'
import type { DbOrTrx } from '../db/handle.ts'
import type { TableName } from '../db/schema.ts'
import { exportFor as exportGrants } from '../permissions/export.ts'
import { exportFor as exportProfile } from '../profile/profile.service.ts'
import { exportFor as exportAccount } from '../users/export.ts'
import { exportFor as exportConsents } from './consent.ts'

/** One part of the export. */
export interface ExportPart {
  /** The tables that it answers for; a test compares them with the database's catalogue. */
  readonly tables: readonly TableName[]
  readonly exportFor: (db: DbOrTrx, userId: string) => Promise<unknown>
}

/** The plugin's own parts of the export, by their names in the document. */
export const exportParts: Readonly<Record<string, ExportPart>> = {
  account: { tables: ['accounts_user', 'accounts_identity'], exportFor: exportAccount },
  grants: { tables: ['accounts_user_group', 'accounts_user_permission'], exportFor: exportGrants },
  profile: { tables: ['accounts_user'], exportFor: exportProfile },
  consents: { tables: ['accounts_consent'], exportFor: exportConsents },
  activity: { tables: ['accounts_audit'], exportFor: exportActivity },
}
