import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Auth0EventTable, Auth0SubjectTable, DpopProofTable, EndedSidTable } from './auth0-schema.ts'
import type {
  InvitationTable,
  MembershipEndTable,
  MembershipPermissionTable,
  MembershipTable,
  OrganizationEndTable,
  OrganizationTable,
} from './organization-schema.ts'
import type {
  OutboxBlockedTable,
  OutboxCursorTable,
  OutboxStateTable,
  OutboxSubscriptionTable,
  OutboxTable,
} from './outbox-schema.ts'
import type {
  DailyActivityTable,
  ReportActivityView,
  ReportRegistrationView,
  ReportSignInView,
} from './report-schema.ts'

/**
 * The tables of this plugin, as Kysely types. A host's `Database` interface extends
 * `Auth0UsersTables`, so that it can join and query them with types of its own.
 *
 * Timestamps are `timestamptz`: read as `Date` by `pg`, written as `Date` or ISO string.
 */
export interface Auth0UsersTables {
  accounts_user: UserTable
  accounts_identity: IdentityTable
  accounts_group: GroupTable
  accounts_group_permission: GroupPermissionTable
  accounts_user_group: UserGroupTable
  accounts_user_permission: UserPermissionTable
  accounts_consent: ConsentTable
  accounts_api_token: ApiTokenTable
  accounts_session: SessionTable
  accounts_audit: AuditTable
  accounts_audit_chain: AuditChainTable
  accounts_audit_check: AuditCheckView
  accounts_tombstone: TombstoneTable
  accounts_ended_sid: EndedSidTable
  accounts_dpop_proof: DpopProofTable
  accounts_auth0_event: Auth0EventTable
  accounts_auth0_subject: Auth0SubjectTable
  accounts_daily_activity: DailyActivityTable
  accounts_report_activity: ReportActivityView
  accounts_report_sign_in: ReportSignInView
  accounts_report_registration: ReportRegistrationView
  accounts_outbox: OutboxTable
  accounts_outbox_state: OutboxStateTable
  accounts_outbox_subscription: OutboxSubscriptionTable
  accounts_outbox_cursor: OutboxCursorTable
  accounts_outbox_blocked: OutboxBlockedTable
  accounts_organization: OrganizationTable
  accounts_organization_end: OrganizationEndTable
  accounts_membership: MembershipTable
  accounts_membership_end: MembershipEndTable
  accounts_membership_permission: MembershipPermissionTable
  accounts_invitation: InvitationTable
}

export type TableName = keyof Auth0UsersTables

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type Json = ColumnType<unknown, string | undefined, string>

/** One row a person. The Django system's table, plus what this plugin needs beside its columns. */
export interface UserTable {
  id: Generated<string>
  /** The `sub` of the Auth0 identity that this row was made for, exactly as signed; at most 255 characters. */
  auth0_id: string | null
  /** The display name derived from the `sub`; unique. */
  username: string | null
  email: string | null
  email_verified: Generated<boolean>
  first_name: string | null
  last_name: string | null
  profile_data: JSONColumnType<Record<string, unknown>, string | undefined, string>
  is_active: Generated<boolean>
  is_staff: Generated<boolean>
  is_superuser: Generated<boolean>
  is_platform: Generated<boolean>
  /** Mapped columns that the person edited here; a token no longer overwrites them. */
  edited_fields: Generated<string[]>
  /** `iat` of the token whose claims were applied last; an older token changes nothing. */
  claims_issued_at: NullableTimestamp
  last_login_at: NullableTimestamp
  /** When a token was last turned into this person, give or take `users.activity` and `cache.ttl`. */
  last_seen_at: NullableTimestamp
  /** Access tokens issued before this moment are refused (sign out everywhere). */
  tokens_valid_after: NullableTimestamp
  /** When the person was anonymised; the row is only a tombstone since. */
  anonymised_at: NullableTimestamp
  created_at: Timestamp
  updated_at: Timestamp
}

/** Further Auth0 identities of a person, beside `accounts_user.auth0_id`. */
export interface IdentityTable {
  auth0_id: string
  user_id: string
  created_at: Timestamp
}

export interface GroupTable {
  id: Generated<string>
  name: string
}

export interface GroupPermissionTable {
  group_id: string
  /** A name of the catalogue: `app_label.codename` or Auth0's `read:reports`. */
  permission: string
}

export interface UserGroupTable {
  user_id: string
  group_id: string
}

export interface UserPermissionTable {
  user_id: string
  permission: string
}

/** Append-only history of consents; the newest row of a (user, purpose) is the one in force. */
export interface ConsentTable {
  /** bigint, as text. */
  id: Generated<string>
  user_id: string
  purpose: string
  version: string
  granted: boolean
  /** How it was given: the authentication method of the request. */
  method: string | null
  request_id: string | null
  at: Timestamp
}

/** API tokens; the text itself is shown once and kept nowhere. */
export interface ApiTokenTable {
  id: Generated<string>
  user_id: string
  name: string
  /** SHA-256 of the whole text. */
  hash: Uint8Array
  /** What it is limited to; null: everything that its owner holds. */
  scopes: string[] | null
  expires_at: NullableTimestamp
  revoked_at: NullableTimestamp
  /** Up to half a minute behind. */
  last_used_at: NullableTimestamp
  /** When its owner was reminded that it expires. */
  reminded_at: NullableTimestamp
  created_at: Timestamp
}

/** Sessions that are going on; one that ended has no row. */
export interface SessionTable {
  id: Generated<string>
  user_id: string
  /** SHA-256 of the cookie's value. */
  hash: Uint8Array
  /** Auth0's session id, for back-channel logout. */
  auth0_sid: string | null
  user_agent: string | null
  /** Up to half a minute behind. */
  last_seen_at: Timestamp
  expires_at: Timestamp
  created_at: Timestamp
}

/** Append-only by a database rule. No foreign key: the trail outlives the person's row. */
export interface AuditTable {
  /** bigint, as text. */
  id: Generated<string>
  /** Whose record changed. */
  user_id: string
  /** Who changed it; null for the system itself. */
  actor_id: string | null
  /** For instance `user.created`, `profile.updated`, `profile.erased`, `consent.granted`. */
  action: string
  /** Names of the changed fields; never their values. */
  fields: string[]
  /** Authentication method of the request, if there was one. */
  method: string | null
  request_id: string | null
  detail: Json
  at: Timestamp
  /** bigint, as text: the place in the person's chain, from 1. Written by a trigger. */
  position: ColumnType<string, never, never>
  /** SHA-256 over the hash of the entry before and this entry. Written by the same trigger. */
  hash: ColumnType<Uint8Array, never, never>
}

/** The head of each person's chain of audit entries. Written by triggers alone. */
export interface AuditChainTable {
  user_id: ColumnType<string, never, never>
  /** bigint, as text: how many entries there were ever. */
  length: ColumnType<string, never, never>
  /** Of the newest entry. */
  hash: ColumnType<Uint8Array, never, never>
  /** bigint, as text: how many of the oldest entries were purged. */
  purged_length: ColumnType<string, never, never>
  /** Of the newest purged entry; empty where none was. */
  purged_hash: ColumnType<Uint8Array, never, never>
}

/** A view: whether each audit entry follows from the one before it. */
export interface AuditCheckView {
  user_id: ColumnType<string, never, never>
  position: ColumnType<string, never, never>
  hash: ColumnType<Uint8Array, never, never>
  follows: ColumnType<boolean, never, never>
}

/** Identities that were erased for good: they are not provisioned again. */
export interface TombstoneTable {
  /** SHA-256 of the `sub`. */
  subject_hash: Uint8Array
  /** The anonymised row that the identity led to. */
  user_id: string
  at: Timestamp
}
