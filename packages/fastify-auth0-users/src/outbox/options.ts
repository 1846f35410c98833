import type { TObject } from '@sinclair/typebox'
import { group, seconds, withDefaults } from '../lib/option-schema.ts'
import type { OutboxEntry } from './entry.ts'

/** The option `outbox`. */
export interface OutboxOptions {
  /** Seconds that entries are kept, handled or not; at least a day. @default 1209600 */
  readonly retention?: number
}

/** The same, complete. */
export interface ResolvedOutboxOptions {
  readonly retention: number
  /** Whether changes are written before anything subscribes. */
  readonly write: boolean
}

/** The option `outbox`. */
export const outboxSchema: TObject = group({
  retention: seconds(86_400, { description: 'how long entries are kept, handled or not', default: 1_209_600 }),
})

/** Completes the option `outbox`. */
export function resolveOutboxOptions(given: boolean | OutboxOptions | undefined): ResolvedOutboxOptions {
  const { retention } = withDefaults<Required<OutboxOptions>>(outboxSchema, typeof given === 'object' ? given : {})
  return { retention, write: given !== undefined && given !== false }
}

/** Where in the outbox: a moment, an entry, or the id of an entry. ISO 8601 text is a moment. */
export type OutboxPosition = Date | string | Pick<OutboxEntry, 'id'>

/** How a subscription is read by this process. */
export interface SubscribeOptions {
  /**
   * Kinds that the handler is called for, for instance `['user.created']`.
   * @default all kinds
   */
  readonly kinds?: readonly string[]
  /**
   * Calls of the handler at a time in this process, for different users; from 1 to 8.
   * @default 4
   */
  readonly concurrency?: number
  /**
   * Seconds that one call may take; then it counts as failed, and its `signal` is aborted.
   * @default 60
   */
  readonly timeout?: number
  /**
   * How often an entry is tried before it becomes a dead letter. 20 tries take about an hour.
   * @default 20
   */
  readonly attempts?: number
  /**
   * Where a subscription that does not exist yet begins.
   * @default now
   */
  readonly from?: OutboxPosition
}

/** Ends what `subscribe` began: waits for the calls that run. The subscription itself stays, and entries wait for it. */
export type Unsubscribe = () => Promise<void>

/** Part of a list of dead letters. */
export interface DeadLetterPage {
  /** At most this many, up to 1000. @default 100 */
  readonly limit?: number
  /** The `user_id` of the last one of the page before. */
  readonly after?: string
}
