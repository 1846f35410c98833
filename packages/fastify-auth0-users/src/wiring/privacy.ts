import { type AuditService, createAuditService } from '../audit/audit.service.ts'
import { anonymiseFor as anonymiseCredentials, exportFor as exportCredentials } from '../credentials/personal-data.ts'
import { purgeSessions } from '../credentials/retention.ts'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import { ownParts, type PrivacyParts } from '../privacy/modules.ts'
import type { ResolvedPrivacyOptions } from '../privacy/options.ts'
import { createPrivacy, type Privacy } from '../privacy/privacy.service.ts'

/** Everything that the plugin holds on a user, including modules to the right of `privacy/`. */
export const privacyParts: PrivacyParts = {
  ...ownParts,
  credentials: {
    tables: { accounts_api_token: 'deleted', accounts_session: 'deleted' },
    exportFor: exportCredentials,
    anonymiseFor: anonymiseCredentials,
  },
}

export interface PrivacyScopeDeps {
  readonly databases: Databases
  readonly options: ResolvedPrivacyOptions
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

/** What the plugin offers to staff routes and schedulers beside the routes of the person. */
export function privacyServices(deps: PrivacyScopeDeps): { readonly privacy: Privacy; readonly audit: AuditService } {
  const { databases, options, now } = deps
  return {
    privacy: createPrivacy({ databases, parts: privacyParts, erasers: options.erasers, purgeSessions, now }),
    audit: createAuditService(databases),
  }
}
