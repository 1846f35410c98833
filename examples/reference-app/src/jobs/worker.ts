import { setTimeout as sleep } from 'node:timers/promises'
import type PgBoss from 'pg-boss'
import type { JobData, JobName } from './jobs.ts'

export type Handlers = { readonly [Name in JobName]: (data: JobData[Name]) => Promise<unknown> }

export interface WorkerOptions {
  readonly boss: PgBoss
  readonly handlers: Handlers
  /** Told when a job failed, and when the database could not be asked. */
  readonly onError: (error: unknown, what: { readonly queue: string; readonly job?: string }) => void
  /** Milliseconds between two looks at an empty queue [1000]. */
  readonly interval?: number
}

export interface Worker {
  /** Does the jobs that wait now, until none is left; resolves to their number. */
  drain(): Promise<number>
  /** Goes on until `stop()`. */
  run(): void
  /** Takes no further job and waits for those under way, 5 seconds at the most; what is cut off is tried again. */
  stop(): Promise<void>
}

/** Milliseconds. */
const patience = 5000

/**
 * Fetches jobs and does them, one after another in each queue. The loop of pg-boss is not used: it does not wait for the
 * end of a job to be written: in an outage of the database that becomes an unhandled rejection.
 */
export function createWorker({ boss, handlers, onError, interval = 1000 }: WorkerOptions): Worker {
  const stopping = new AbortController()
  const queues = Object.keys(handlers) as JobName[]
  let running: Promise<unknown> | undefined

  async function work<Name extends JobName>(queue: Name, job: PgBoss.Job<JobData[Name]>): Promise<void> {
    try {
      await handlers[queue](job.data)
    } catch (error) {
      onError(error, { queue, job: job.id })
      // pg-boss tries it again later, or keeps it as a dead letter.
      return void (await boss.fail(queue, job.id, { message: messageOf(error) }))
    }
    await boss.complete(queue, job.id)
  }

  async function drainQueue(queue: JobName): Promise<number> {
    let done = 0
    try {
      for (let job = await fetch(queue); job !== undefined; job = await fetch(queue)) {
        await work(queue, job)
        done += 1
      }
    } catch (error) {
      onError(error, { queue })
    }
    return done
  }

  async function fetch<Name extends JobName>(queue: Name): Promise<PgBoss.Job<JobData[Name]> | undefined> {
    return stopping.signal.aborted ? undefined : (await boss.fetch<JobData[Name]>(queue))[0]
  }

  async function drain(): Promise<number> {
    let done = 0
    for (const queue of queues) done += await drainQueue(queue)
    return done
  }

  async function loop(queue: JobName): Promise<void> {
    while (!stopping.signal.aborted) {
      const done = await drainQueue(queue)
      if (done === 0) await sleep(interval, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
    }
  }

  return {
    drain,
    run: () => {
      // Each by itself, so that a long job of one queue holds up no other.
      running ??= Promise.all(queues.map(loop))
    },
    async stop() {
      stopping.abort()
      await Promise.race([running, sleep(patience, undefined, { ref: false })])
    },
  }
}

/** For staff: one line, without a stack. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0]?.slice(0, 300) ?? ''
}
