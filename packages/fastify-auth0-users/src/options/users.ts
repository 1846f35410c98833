import type { TObject } from '@sinclair/typebox'
import type { UserinfoMode } from '../auth0/userinfo.ts'
import { group, oneOf, orFalse, positiveSeconds } from '../lib/option-schema.ts'
import type { MachinePolicy } from '../methods/admit.ts'
import type { EmailConflictPolicy } from '../users/provisioning/insert-user.ts'
import type { UpdatePolicy } from '../users/update.ts'
import type { ProvisionMode } from '../users/users.service.ts'

/** The option `users`: how rows come into being and are kept in step with tokens. */
export interface PeopleOptions {
  /** Whether new users get a row. @default true */
  readonly provision?: ProvisionMode
  /** Whether a changed claim changes the row. @default 'changed' */
  readonly update?: UpdatePolicy
  /** What the token of a machine becomes. @default 'principal' */
  readonly machine?: MachinePolicy
  /** What happens to an email address that another user has. @default 'reject' */
  readonly emailConflict?: EmailConflictPolicy
  /** How often `last_seen_at` and `last_login_at` are written, in seconds; `false` for never. @default 60 */
  readonly activity?: number | false
  /** Whether the issuer's `/userinfo` is asked about new users whose token has no email address. @default 'never' */
  readonly userinfo?: UserinfoMode
}

/** The option `users`. */
export const usersSchema: TObject = group({
  provision: oneOf([true, 'existing', false], {
    description: 'new users get a row; only users with a row get in; no row is looked for',
    default: true,
  }),
  update: oneOf(['changed', 'always', 'never'], {
    description: 'whether a changed claim updates its column: unless the user edited it here, even then, or never',
    default: 'changed',
  }),
  machine: oneOf(['principal', 'reject', 'user'], {
    description: 'what a token of client credentials becomes',
    default: 'principal',
  }),
  emailConflict: oneOf(['reject', 'link', 'separate'], {
    description:
      'a second identity with a known address: 409, the same user (both sides verified), or a user without address',
    default: 'reject',
  }),
  activity: orFalse(positiveSeconds({ description: '' }), {
    description:
      'how often `last_seen_at` and `last_login_at` are written, see [Users](users.md#when-somebody-was-last-seen)',
    default: 60,
  }),
  userinfo: oneOf(['never', 'create'], {
    description:
      "`'create'`: asks the issuer's `/userinfo` about a new user whose token has no address, see [Users](users.md#people-whose-token-has-no-email)",
    default: 'never',
  }),
})
