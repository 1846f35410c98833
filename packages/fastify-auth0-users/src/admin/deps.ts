import type { ApiTokenService } from '../credentials/api-token.service.ts'
import type { SessionService } from '../credentials/session.service.ts'
import type { Databases } from '../db/handle.ts'
import type { Clock } from '../lib/clock.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { GrantService } from '../permissions/grant.service.ts'
import type { Groups } from '../permissions/group.service.ts'
import type { UserDirectory } from '../users/directory/directory.service.ts'

/** What the routes for staff work with. */
export interface AdminDeps {
  readonly databases: Databases
  readonly catalogue: Catalogue
  readonly users: UserDirectory
  readonly grants: GrantService
  readonly groups: Groups
  readonly tokens: ApiTokenService
  readonly sessions: SessionService
  /** What makes a profile complete. */
  readonly required: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: Clock
}
