import type { FieldHashes } from './value-hashes.ts'

/** Who did something and through which request; `null` fields stand for the system itself. */
export interface Actor {
  readonly actorId: string | null
  /** Authentication method: `jwt`, `token`, `session`, `basic`. */
  readonly method: string | null
  readonly requestId: string | null
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

/** An entry of the trail as the person and staff see it. */
export interface AuditEntry {
  /** bigint as text; the keyset cursor. */
  readonly id: string
  readonly action: string
  readonly fields: readonly string[]
  /** Who did it: the person, somebody else (staff) or the system itself. */
  readonly by: 'self' | 'other' | 'system'
  readonly method: string | null
  readonly request_id: string | null
  readonly detail: unknown
  /** ISO 8601, UTC. */
  readonly at: string
}
