import type { Databases } from '../db/handle.ts'
import { type AuditVerification, verifyAuditChain } from './chain.ts'

/** `app.auth0Users.audit`. */
export interface AuditService {
  /**
   * Whether a person's audit trail is as it was written: every entry carries a hash over its content
   * and the entry before. Rejects with `A0U_DATABASE_UNAVAILABLE`.
   */
  verify(userId: string): Promise<AuditVerification>
}

export function createAuditService({ primary }: Databases): AuditService {
  return { verify: userId => verifyAuditChain(primary, userId) }
}
