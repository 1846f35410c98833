import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import { counter, observe } from '../telemetry/index.ts'

/** Remembers when credentials were last used and writes it down in batches, so that no request waits for a write. */
export interface UseRecorder {
  note(id: string): void
  /** The last use that this process knows of and has not written yet, in milliseconds; 0 for none. */
  latest(id: string): number
  /** Writes what was noted. Never rejects: a failure is logged and tried again with the next batch. */
  flush(): Promise<void>
  /** How many credentials wait to be written. */
  readonly waiting: number
  /** Stops the timer and writes what is left. */
  close(): Promise<void>
}

export interface UseRecorderOptions {
  /** One statement for all of them. */
  readonly write: (uses: ReadonlyMap<string, number>) => Promise<void>
  /** Milliseconds since the epoch. */
  readonly now: Clock
  readonly log: FastifyBaseLogger
}

/** Seconds between two writes. */
const interval = 30

/** Most uses that wait; beyond it they are written at once, and while that fails new ones are dropped. */
const maxWaiting = 10_000

const queue = 'credential_use'
const countDropped = counter('write_queue.dropped')
const countFailure = counter('write_queue.failures')

export function createUseRecorder({ write, now, log }: UseRecorderOptions): UseRecorder {
  let waiting = new Map<string, number>()
  let writing: ReadonlyMap<string, number> = new Map()
  let running: Promise<void> | undefined
  const timer = setInterval(flush, interval * 1000).unref()
  const unobserve = observe({ 'write_queue.entries': () => [[waiting.size, { queue }]] })

  async function writeOnce(): Promise<void> {
    writing = waiting
    waiting = new Map()
    try {
      await write(writing)
    } catch (error) {
      countFailure({ queue })
      log.warn(
        { event: 'credential_use.write_failed', cause: error instanceof Error ? error.message : undefined },
        'last uses could not be written yet',
      )
      for (const [id, at] of writing) keep(id, at)
    }
    writing = new Map()
  }

  /** Of what could not be written; newer uses come first. */
  function keep(id: string, at: number): void {
    if (waiting.has(id)) return
    if (waiting.size < maxWaiting) waiting.set(id, at)
    else countDropped({ queue })
  }

  function flush(): Promise<void> {
    if (running !== undefined || waiting.size === 0) return running ?? Promise.resolve()
    running = writeOnce().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    note(id) {
      if (waiting.size >= maxWaiting && !waiting.has(id)) {
        void flush()
        if (waiting.size >= maxWaiting) return countDropped({ queue })
      }
      waiting.set(id, now())
    },
    latest: id => waiting.get(id) ?? writing.get(id) ?? 0,
    flush,
    get waiting() {
      return waiting.size
    },
    async close() {
      clearInterval(timer)
      await running
      await flush()
      unobserve()
    },
  }
}
