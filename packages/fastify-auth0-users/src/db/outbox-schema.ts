import type { ColumnType, Generated } from 'kysely'

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type Json = ColumnType<unknown, string | undefined, string>

/** One entry for each committed change, partitioned by day. Ordered by (`transaction_id`, `id`). */
export interface OutboxTable {
  /** bigint, as text. */
  id: Generated<string>
  /** xid8, as text: the transaction of the change, or a later one of the same user. */
  transaction_id: Generated<string>
  occurred_at: Timestamp
  /** The action of the audit log entry, for instance `user.created`. */
  kind: string
  user_id: string | null
  organization_id: string | null
  /** `{ fields, actor_id, detail }`: names of fields and ids, no personal data; `{}` once the user is anonymised. */
  payload: Json
  /** Which of the eight parts the user belongs to. */
  shard: ColumnType<number, never, never>
}

/** One row: whether the outbox is written, and how long entries are kept. */
export interface OutboxStateTable {
  only_row: Generated<boolean>
  enabled: boolean
  retention: ColumnType<unknown, string | undefined, string>
}

/** Who reads the outbox. */
export interface OutboxSubscriptionTable {
  name: string
  /** `handler`, `webhook` or `siem`. */
  kind: Generated<string>
  settings: Json
  disabled_at: NullableTimestamp
  created_at: Timestamp
}

/** How far a subscription has read in each shard, and which process reads there. */
export interface OutboxCursorTable {
  subscription: string
  shard: number
  /** xid8, as text. */
  transaction_id: string
  /** bigint, as text. */
  entry_id: string
  lease_owner: string | null
  lease_until: NullableTimestamp
}

/** Users whose entry failed: their later entries wait in that subscription. */
export interface OutboxBlockedTable {
  subscription: string
  user_id: string
  shard: number
  /** xid8, as text: the entry that failed. */
  transaction_id: string
  /** bigint, as text. */
  entry_id: string
  attempts: number
  next_at: Timestamp
  /** When it became a dead letter; it is tried again only when it is replayed. */
  dead_at: NullableTimestamp
  /** Name and code of the last error, without its message. */
  error: Generated<string>
}
