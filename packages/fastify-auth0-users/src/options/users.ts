import type { UserinfoMode } from '../auth0/userinfo.ts'
import type { MachinePolicy } from '../methods/admit.ts'
import type { EmailConflictPolicy } from '../users/provisioning/insert-user.ts'
import type { UpdatePolicy } from '../users/update.ts'
import type { ProvisionMode } from '../users/users.service.ts'

/** The option `users`. */
export interface PeopleOptions {
  /** Whether new people get a row [`true`]. */
  readonly provision?: ProvisionMode
  /** Whether a changed claim changes the row [`changed`]. */
  readonly update?: UpdatePolicy
  /** What a machine's token becomes [`principal`]. */
  readonly machine?: MachinePolicy
  /** What happens to an email that another person has [`reject`]. */
  readonly emailConflict?: EmailConflictPolicy
  /** How often `last_seen_at` and `last_login_at` are written, in seconds; `false` for never [60]. */
  readonly activity?: number | false
  /** Whether the issuer's `/userinfo` is asked about new people whose token has no email [`never`]. */
  readonly userinfo?: UserinfoMode
}

export const peopleDefaults: Required<PeopleOptions> = {
  provision: true,
  update: 'changed',
  machine: 'principal',
  emailConflict: 'reject',
  activity: 60,
  userinfo: 'never',
}
