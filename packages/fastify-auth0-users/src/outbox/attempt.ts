import type { FastifyBaseLogger } from 'fastify'
import { within } from '../lib/timeout.ts'
import { counter } from '../telemetry/index.ts'
import { errorLabel, pauseAfter, type RetryPolicy } from './backoff.ts'
import type { Setback } from './delivery.repository.ts'
import type { OutboxEntry, OutboxHandler } from './entry.ts'

/** One subscription, as one process reads it. */
export interface Consumer {
  readonly name: string
  readonly handler: OutboxHandler
  /** Kinds that the handler is called for; null for all. */
  readonly kinds: ReadonlySet<string> | null
  /** Shards that this process reads at a time, so calls of the handler at a time. */
  readonly concurrency: number
  /** Seconds that one call may take. */
  readonly timeout: number
  readonly retries: RetryPolicy
}

/** Calls the handler for an entry; resolves to what becomes of it where it failed. */
export type Attempt = (entry: OutboxEntry, attempt: number, lost: AbortSignal) => Promise<Setback | undefined>

const countDelivery = counter('outbox.deliveries')

export function createAttempt(log: FastifyBaseLogger, consumer: Consumer): Attempt {
  const { name: subscription, handler, kinds, timeout, retries } = consumer

  async function call(entry: OutboxEntry, attempt: number, lost: AbortSignal): Promise<void> {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, lost])
    const { id, transaction_id, occurred_at, kind, user_id, organization_id, payload } = entry
    const given = { id, transaction_id, occurred_at, kind, user_id, organization_id, payload }
    try {
      const handled = Promise.resolve(handler(given, { attempt, signal })).then(() => 'done' as const)
      if ((await within(timeout, handled)) === 'timeout') throw new HandlerTimeout()
    } finally {
      over.abort()
    }
  }

  function setbackOf(cause: unknown, entry: OutboxEntry, attempts: number): Setback {
    const dead = attempts >= retries.attempts
    const error = errorLabel(cause)
    const fields = { subscription, entryId: entry.id, error, attempts }
    if (dead) log.error({ event: 'outbox.dead_letter', ...fields }, 'an outbox entry became a dead letter')
    else log.warn({ event: 'outbox.retry', ...fields }, 'an outbox entry failed and is tried again')
    countDelivery({ outcome: dead ? 'dead' : 'failed' })
    return { attempts, dead, error, pause: pauseAfter(attempts, retries) }
  }

  return async (entry, attempt, lost) => {
    if (kinds?.has(entry.kind) === false) return undefined
    try {
      await call(entry, attempt, lost)
      countDelivery({ outcome: 'done' })
      return undefined
    } catch (cause) {
      return setbackOf(cause, entry, attempt)
    }
  }
}

class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout'
}
