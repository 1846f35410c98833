/** A committed change, as a subscriber of the outbox gets it. */
export interface OutboxEntry {
  /** bigint as text; unique, also the `webhook-id`. */
  readonly id: string
  /** xid8 as text. Entries are ordered by (`transaction_id`, `id`). */
  readonly transaction_id: string
  /** When the transaction of the change began; ISO 8601, UTC. */
  readonly occurred_at: string
  /** The action that the audit log records, for instance `user.created` or `permission.granted`. */
  readonly kind: string
  /** Whose record changed. */
  readonly user_id: string | null
  readonly organization_id: string | null
  readonly payload: OutboxPayload
}

/** Ids and names of fields, no personal data; empty once the user is anonymised. */
export interface OutboxPayload {
  /** Names of the changed fields. */
  readonly fields?: readonly string[]
  /** Who changed it; null for the system itself. */
  readonly actor_id?: string | null
  /** Facts of the audit log entry, for instance `{ permission: 'reports.view_report' }`. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>
}

/** What a handler gets beside the entry. */
export interface OutboxDelivery {
  /** 1 at first; counts the tries of this entry in this subscription. */
  readonly attempt: number
  /** Aborted when the time for this entry is over, or when this process lost the lease. */
  readonly signal: AbortSignal
}

/** Handles one entry. A rejection makes the entry come again; later entries of the user wait for it. */
export type OutboxHandler = (entry: OutboxEntry, delivery: OutboxDelivery) => unknown

/** Where an entry stands in the order of all entries. */
export interface Place {
  readonly transaction_id: string
  readonly id: string
}

/** An entry that failed too often. Later entries of the user wait until it is replayed or skipped. */
export interface DeadLetter {
  readonly subscription: string
  /** The nil UUID for entries without a user. */
  readonly user_id: string
  readonly entry_id: string
  readonly attempts: number
  /** Name and code of the last error, without its message. */
  readonly error: string
  /** ISO 8601, UTC. */
  readonly dead_at: string
}

/** How far one subscription is. */
export interface OutboxSubscriptionState {
  readonly name: string
  /** `handler`, `webhook` or `siem`. */
  readonly kind: string
  /** Committed entries that were not read yet, counted up to 10,000. */
  readonly waiting: number
  /** Age in seconds of the oldest of them; 0 for none. */
  readonly lag: number
  /** Users whose entry is tried again. */
  readonly retrying: number
  /** Users whose entry is a dead letter. */
  readonly dead_letters: number
  /** When it was disabled; ISO 8601, UTC. */
  readonly disabled_at: string | null
}
