import { type AuditVerification, verifyAuditChain } from './audit/chain.ts'
import { anonymiseFor as anonymiseCredentials, exportFor as exportCredentials } from './credentials/privacy.ts'
import { purgeSessions } from './credentials/retention.ts'
import type { Databases } from './db/handle.ts'
import type { ResolvedPrivacyOptions } from './privacy/options.ts'
import { createPrivacy, type Privacy } from './privacy/privacy.service.ts'
import { ownParts, type PrivacyParts } from './privacy/rooms.ts'

/** Everything that the plugin holds on a person, those rooms included that stand right of `privacy/`. */
export const privacyParts: PrivacyParts = {
  ...ownParts,
  credentials: {
    tables: { accounts_api_token: 'deleted', accounts_session: 'deleted' },
    exportFor: exportCredentials,
    anonymiseFor: anonymiseCredentials,
  },
}

/** `app.auth0Users.audit`. */
export interface AuditService {
  /**
   * Whether a person's audit trail is as it was written: every entry carries a hash over its content
   * and the entry before. Rejects with `A0U_DATABASE_UNAVAILABLE`.
   */
  verify(userId: string): Promise<AuditVerification>
}

export interface PrivacyScopeDeps {
  readonly databases: Databases
  readonly options: ResolvedPrivacyOptions
  /** Called after the commit of a change, so that caches drop the person. */
  readonly onChanged: (userId: string) => void
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What the plugin offers to staff routes and schedulers beside the routes of the person. */
export function privacyServices(deps: PrivacyScopeDeps): { readonly privacy: Privacy; readonly audit: AuditService } {
  const { databases, options, onChanged, now } = deps
  return {
    privacy: createPrivacy({ databases, parts: privacyParts, erasers: options.erasers, purgeSessions, onChanged, now }),
    audit: { verify: userId => verifyAuditChain(databases.primary, userId) },
  }
}
