import { toIso, toMillis } from '../../db/time.ts'
import { deepFreeze } from '../../lib/freeze.ts'
import { isObject } from '../../lib/json.ts'
import type { Profile } from '../../types.ts'
import type { User } from '../user.ts'
import type { AccountRow, LoadedUser } from '../users.repository.ts'

/**
 * A person as kept in memory: the frozen row, the grants, and until when both may be used. One
 * object a person and load; requests hold on to it, so setting `freshUntil` to 0 ends its use everywhere
 * in the process at once.
 */
export interface UserEntry {
  readonly user: User
  /** Granted directly or by a group, before any rule (superuser, inactive) is applied. */
  readonly permissions: ReadonlySet<string>
  /** Mapped columns that a token must not overwrite. */
  readonly editedFields: readonly string[]
  /** `iat` of the claims that were applied last, in milliseconds; 0 for none. */
  readonly claimsIssuedAt: number
  /** `tokens_valid_after` in milliseconds; 0 for none. */
  readonly tokensValidAfter: number
  /** What another module read with the row, as text; null for nothing. */
  readonly alongside?: string | null
  /** Milliseconds since the epoch. */
  freshUntil: number
}

/** Shared by nearly everybody: two objects fewer for each person in memory. */
const none: ReadonlySet<string> = new Set()
const nothing: readonly string[] = []

export function toEntry(row: LoadedUser, freshUntil: number): UserEntry {
  return {
    user: toUser(row),
    permissions: row.permissions.length === 0 ? none : new Set(row.permissions),
    editedFields: row.edited_fields.length === 0 ? nothing : row.edited_fields,
    claimsIssuedAt: row.claims_issued_at === null ? 0 : toMillis(row.claims_issued_at),
    tokensValidAfter: row.tokens_valid_after === null ? 0 : toMillis(row.tokens_valid_after),
    alongside: row.alongside ?? null,
    freshUntil,
  }
}

/** A row as hosts see it. Rows that the Django system wrote may hold nulls where ours do not. */
export function toUser(row: AccountRow): User {
  return Object.freeze({
    id: row.id,
    auth0_id: row.auth0_id ?? '',
    username: row.username ?? '',
    email: row.email,
    email_verified: row.email_verified,
    first_name: row.first_name ?? '',
    last_name: row.last_name ?? '',
    profile_data: toProfile(row.profile_data),
    is_active: row.is_active,
    is_staff: row.is_staff,
    is_superuser: row.is_superuser,
    is_platform: row.is_platform,
    last_login_at: row.last_login_at === null ? null : toIso(row.last_login_at),
    tokens_valid_after: row.tokens_valid_after === null ? null : toIso(row.tokens_valid_after),
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  })
}

function toProfile(value: unknown): Profile {
  return deepFreeze(isObject(value) ? value : {}) as Profile
}
