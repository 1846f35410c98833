import type { ColumnType, Generated, JSONColumnType } from 'kysely'

type Timestamp = ColumnType<Date, Date | string, Date | string>
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>

/** Sessions at Auth0 that were logged out. */
export interface EndedSidTable {
  /** SHA-256 of the session's id. */
  sid_hash: Uint8Array
  /** When no token of the session can be valid any more, and the row may be deleted. */
  expires_at: Timestamp
}

/** DPoP proofs that were used. */
export interface DpopProofTable {
  /** SHA-256 of the client's key and the proof's `jti`. */
  proof_hash: Uint8Array
  /** When the proof is refused for its age, and the row may be deleted. */
  expires_at: Timestamp
}

/** Messages of Auth0 that were taken: events, log records and logout tokens. */
export interface Auth0EventTable {
  /** SHA-256 of the kind, the source and the id. */
  id_hash: Uint8Array
  outcome: string
  /** From then on a repeat is refused for its age, and the row is deleted. */
  expires_at: Timestamp
}

/**
 * What messages of Auth0 said of an identity last. Orders are times with what breaks a tie, as text that sorts;
 * null: nothing was said.
 */
export interface Auth0SubjectTable {
  /** SHA-256 of the `sub`. */
  subject_hash: Uint8Array
  /** Of the newest message with the user's current state. */
  present_order: string | null
  deleted_order: string | null
  /** The identity was taken from a person who has others. */
  unlinked: Generated<boolean>
  /** By column, of the newest message that contained it. */
  field_orders: JSONColumnType<Record<string, string>, string | undefined, string>
  blocked: Generated<boolean>
  blocked_order: string | null
  /** The person is inactive because of such messages, not by a decision of staff. */
  deactivated: Generated<boolean>
  /** When the row may be deleted; null while it holds what is still in force. */
  expires_at: NullableTimestamp
}
