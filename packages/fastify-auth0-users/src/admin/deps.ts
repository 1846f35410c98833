import type { ApiTokens } from '../credentials/api-tokens.ts'
import type { Sessions } from '../credentials/sessions.ts'
import type { Databases } from '../db/handle.ts'
import type { Catalogue } from '../permissions/catalogue.ts'
import type { GrantService } from '../permissions/grant-service.ts'
import type { Groups } from '../permissions/groups.ts'
import type { UserDirectory } from '../users/directory.ts'

/** What the routes for staff work with. */
export interface AdminDeps {
  readonly databases: Databases
  readonly catalogue: Catalogue
  readonly users: UserDirectory
  readonly grants: GrantService
  readonly groups: Groups
  readonly tokens: ApiTokens
  readonly sessions: Sessions
  /** What makes a profile complete. */
  readonly required: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
}
