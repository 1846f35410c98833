import { exportPages as exportActivity } from '../audit/audit.ts'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import type { TableName } from '../db/schema.ts'
import { anonymiseFor as anonymiseMemberships, exportFor as exportMemberships } from '../organizations/personal-data.ts'
import { anonymiseFor as anonymiseGrants } from '../permissions/anonymise.ts'
import { exportFor as exportGrants } from '../permissions/export.ts'
import { exportFor as exportProfile } from '../profile/profile.service.ts'
import { anonymiseFor as anonymiseAccount } from '../users/anonymise.ts'
import { exportFor as exportAccount } from '../users/export.ts'
import { anonymiseFor as anonymiseConsents, exportFor as exportConsents } from './consent.service.ts'

/**
 * What becomes of the person's rows in a table: they go, they stay without what is personal in them, or
 * they stay as they are because nothing in them is.
 */
export type Fate = 'deleted' | 'cleared' | 'kept'

/** One part of what the plugin holds on a person. */
export interface PrivacyPart {
  /**
   * The tables that it owns, and their fate when a person is anonymised. A test compares them
   * with the database's catalogue, and a run of an anonymisation with the fates.
   */
  readonly tables: Partial<Readonly<Record<TableName, Fate>>>
  /** An iterable is streamed into the export as a list, so that it need not fit into memory. */
  readonly exportFor: (db: DbOrTrx, userId: string) => Promise<unknown> | AsyncIterable<unknown>
  /** Must be idempotent; absent where every table's fate is `kept`. */
  readonly anonymiseFor?: (trx: Trx, userId: string) => Promise<void>
}

/** Parts by their names in the export. */
export type PrivacyParts = Readonly<Record<string, PrivacyPart>>

/** The parts of the modules to the left; `wiring/privacy.ts` adds those of the others. */
export const ownParts: PrivacyParts = {
  // First, because invitations are found by the address that the account loses.
  organizations: {
    tables: {
      accounts_membership: 'deleted',
      accounts_membership_permission: 'deleted',
      accounts_membership_end: 'deleted',
      accounts_invitation: 'deleted',
    },
    exportFor: exportMemberships,
    anonymiseFor: anonymiseMemberships,
  },
  account: {
    tables: { accounts_user: 'cleared', accounts_identity: 'deleted', accounts_tombstone: 'kept' },
    exportFor: exportAccount,
    anonymiseFor: anonymiseAccount,
  },
  grants: {
    tables: { accounts_user_group: 'deleted', accounts_user_permission: 'deleted' },
    exportFor: exportGrants,
    anonymiseFor: anonymiseGrants,
  },
  profile: { tables: { accounts_user: 'cleared' }, exportFor: exportProfile },
  consents: {
    tables: { accounts_consent: 'cleared' },
    exportFor: exportConsents,
    anonymiseFor: anonymiseConsents,
  },
  activity: {
    // Entries of the outbox repeat those of the audit log.
    tables: {
      accounts_audit: 'kept',
      accounts_audit_chain: 'kept',
      accounts_audit_check: 'kept',
      accounts_outbox: 'cleared',
      accounts_outbox_blocked: 'kept',
    },
    exportFor: exportActivity,
  },
}
