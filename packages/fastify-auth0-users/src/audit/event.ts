import type { FieldHashes } from './value-hashes.ts'

/** Who did something and through which request; `null` fields stand for the system itself. */
export interface Actor {
  readonly actorId: string | null
  /** Authentication method: `jwt`, `token`, `session`, `basic`. */
  readonly method: string | null
  readonly requestId: string | null
  /** The credential of the request, checked again in the transaction of the change [none is checked]. */
  readonly credential?: ActingCredential
}

/** The credential behind a request, as the transaction of a change checks it again. Never recorded. */
export interface ActingCredential {
  /** Id of the API token or the session; null for access tokens and Basic. */
  readonly id: string | null
  /** When the access token was issued, in milliseconds since the epoch; null for other methods. */
  readonly issuedAt: number | null
  /** Auth0's session id that the access token carries; null without one. */
  readonly sid: string | null
  /** Drops what this process keeps of the user, once the credential turned out to be no longer valid. */
  readonly forget: () => void
}

export interface AuditEvent extends Actor {
  /** Whose record changed. */
  readonly userId: string
  readonly action: AuditAction
  /** Names of the changed fields, never their values. */
  readonly fields: readonly string[]
  /** Facts beside the fields that hold no personal datum, for instance `{ purpose, version }`, and keyed hashes of values. */
  readonly detail?: Readonly<Record<string, string | number | boolean | FieldHashes>>
}

export type AuditAction =
  | 'user.created'
  | 'user.updated'
  | 'user.linked'
  | 'user.unlinked'
  | 'user.merged'
  | 'user.deactivated'
  | 'user.reactivated'
  | 'user.signed_out'
  | 'user.email_conflict'
  | 'user.anonymised'
  | 'user.readmitted'
  | 'profile.updated'
  | 'profile.erased'
  | 'consent.granted'
  | 'consent.withdrawn'
  | 'permission.granted'
  | 'permission.revoked'
  | 'group.joined'
  | 'group.left'
  | 'group.created'
  | 'group.renamed'
  | 'group.deleted'
  | 'group.permission_granted'
  | 'group.permission_revoked'
  | 'token.created'
  | 'token.revoked'
  | 'session.created'
  | 'session.ended'
  | 'session.organization_changed'
  | 'organization.created'
  | 'organization.updated'
  | 'organization.deactivated'
  | 'organization.reactivated'
  | 'organization.deleted'
  | 'organization.joined'
  | 'organization.left'
  | 'organization.role_changed'
  | 'organization.permission_granted'
  | 'organization.permission_revoked'
  | 'invitation.created'
  | 'invitation.resent'
  | 'invitation.revoked'
  | 'invitation.accepted'

/** An entry of the trail as the person and staff see it. */
export interface AuditEntry {
  /** bigint as text; the keyset cursor. */
  readonly id: string
  readonly action: string
  readonly fields: readonly string[]
  /** Who did it: the user, another user (staff) or the system. */
  readonly by: 'self' | 'other' | 'system'
  readonly method: string | null
  readonly request_id: string | null
  readonly detail: unknown
  /** ISO 8601, UTC. */
  readonly at: string
}
