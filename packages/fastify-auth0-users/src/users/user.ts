import type { Profile } from '../types.ts'

/**
 * A person as the host sees them: the row of `accounts_user`. Frozen, and shared by all requests
 * that carry the same token. Times are ISO 8601 strings in UTC.
 */
export interface User {
  /** uuid */
  readonly id: string
  /** The `sub`, exactly as signed. */
  readonly auth0_id: string
  /** For display: the `sub` with pipes turned into dots, made unique where two would collide. */
  readonly username: string
  readonly email: string | null
  readonly email_verified: boolean
  readonly first_name: string
  readonly last_name: string
  /** What the business knows; the type is the host's (`Auth0UsersTypes`). */
  readonly profile_data: Readonly<Profile>
  readonly is_active: boolean
  readonly is_staff: boolean
  readonly is_superuser: boolean
  /** A platform's account: never deletes, whatever it was granted. */
  readonly is_platform: boolean
  readonly last_login_at: string | null
  readonly tokens_valid_after: string | null
  readonly created_at: string
  readonly updated_at: string
}
