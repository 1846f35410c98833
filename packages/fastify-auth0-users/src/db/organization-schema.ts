import type { ColumnType, Generated } from 'kysely'

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>

/** One row for each organization: a company, a team, a customer. */
export interface OrganizationTable {
  id: Generated<string>
  /** The name of the Auth0 tenant it belongs to; null with a single tenant. */
  tenant: string | null
  /** Auth0's id (`org_…`); null for an organization that exists here only. */
  auth0_id: string | null
  /** Unique in its tenant, in any case; can change and be taken by another organization later. */
  name: string
  display_name: string | null
  /** A deactivated organization counts as none in every request. */
  is_active: Generated<boolean>
  /** When Auth0 last reported the name; an older token changes nothing. */
  named_at: NullableTimestamp
  created_at: Timestamp
  updated_at: Timestamp
}

/** Who belongs to which organization. */
export interface MembershipTable {
  organization_id: string
  user_id: string
  /** `owner`, `member` or a role of the host's. */
  role: Generated<string>
  /** When Auth0 last reported this membership; null for one that was created here. */
  told_at: NullableTimestamp
  /** Of the newest event that reported the role; sorts as text. */
  role_order: string | null
  created_at: Timestamp
}

/** Grants that count in requests of that organization only. */
export interface MembershipPermissionTable {
  organization_id: string
  user_id: string
  permission: string
  created_at: Timestamp
}

/** When memberships ended; written by a trigger. */
export interface MembershipEndTable {
  organization_id: string
  user_id: string
  ended_at: Timestamp
}

/** When organizations of Auth0 were deleted here; written by a trigger. */
export interface OrganizationEndTable {
  tenant: string
  auth0_id: string
  ended_at: Timestamp
}

/** Invitations into organizations; the text of the token is kept nowhere. */
export interface InvitationTable {
  id: Generated<string>
  organization_id: string
  email: string
  role: Generated<string>
  /** Groups that the invited user joins. */
  groups: Generated<string[]>
  /** SHA-256 of the token. */
  token_hash: Uint8Array
  /** Null for the system itself, or for a user who was deleted since. */
  invited_by: string | null
  sent_at: Timestamp
  accepted_by: string | null
  accepted_at: NullableTimestamp
  revoked_at: NullableTimestamp
  created_at: Timestamp
  expires_at: ColumnType<Date, Date | string, Date | string>
}
