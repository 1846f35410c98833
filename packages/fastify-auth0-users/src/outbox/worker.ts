import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/handle.ts'
import type { Names } from '../db/names.ts'
import { type Consumer, createAttempt } from './attempt.ts'
import { errorLabel } from './backoff.ts'
import { claim, extend, release } from './delivery.repository.ts'
import { createShardReader, type Held } from './shard-reader.ts'

export interface WorkerDeps {
  readonly db: Db
  readonly names: Names
  readonly log: FastifyBaseLogger
  /** Tells this process from others. */
  readonly owner: string
  /** Milliseconds between two looks for work. */
  readonly poll: number
}

/** Reads a subscription in this process. */
export interface Worker {
  /** Looks for work now. */
  wake(): void
  /** Starts no further call, waits for those that run, and gives the leases back. */
  close(): Promise<void>
}

/** Milliseconds between two signs of life. */
const heartbeat = 2000

export function createWorker({ db, names, log, owner, poll }: WorkerDeps, consumer: Consumer): Worker {
  const attempt = createAttempt(log, consumer)
  const readShard = createShardReader({ db, names, attempt, kinds: consumer.kinds, ended: () => ended })
  const active = new Set<Promise<void>>()
  let ended = false
  let looking: Promise<void> | undefined
  let again = false
  let failing = false

  const timer = setInterval(wake, poll)
  timer.unref()

  function wake(): void {
    again = true
    looking ??= look().finally(() => {
      looking = undefined
    })
  }

  async function look(): Promise<void> {
    while (again && !ended && active.size < consumer.concurrency) {
      again = false
      const held = await claimOne()
      if (held !== undefined) {
        again = true
        start(held)
      }
    }
  }

  function start(held: Held): void {
    const work = underLease(held)
      .catch(report)
      .finally(() => {
        active.delete(work)
        if (!ended) wake()
      })
    active.add(work)
  }

  async function claimOne(): Promise<Held | undefined> {
    try {
      const found = await claim(db, names, consumer.name, owner)
      failing = false
      return found === undefined ? undefined : { lease: found, lost: new AbortController(), place: found.place }
    } catch (error) {
      report(error)
      return undefined
    }
  }

  /** Once while it goes on: the database is asked again at the next look. */
  function report(error: unknown): void {
    if (failing || ended) return
    failing = true
    const { name: subscription } = consumer
    log.warn({ event: 'outbox.failed', subscription, error: errorLabel(error) }, 'the outbox cannot be read')
  }

  async function underLease(held: Held): Promise<void> {
    const beat = setInterval(() => void keep(held), heartbeat)
    beat.unref()
    try {
      await readShard(held)
    } finally {
      clearInterval(beat)
      if (!held.lost.signal.aborted) await release(db, names, held.lease)
    }
  }

  async function keep(held: Held): Promise<void> {
    // A database that cannot be reached says nothing of the lease; it ends by itself.
    const kept = await extend(db, names, held.lease).catch(() => true)
    if (!kept) held.lost.abort()
  }

  wake()
  return {
    wake,
    async close() {
      ended = true
      clearInterval(timer)
      await looking
      await Promise.all(active)
    },
  }
}
