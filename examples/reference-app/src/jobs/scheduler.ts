import type PgBoss from 'pg-boss'
import type { JobName, Jobs } from './jobs.ts'

const minute = 60
const hour = 3600

/** What is due without anybody asking for it, and every how many seconds. */
export const schedule: Readonly<Partial<Record<JobName, number>>> = {
  'licences.expire': 5 * minute,
  'platform.reconcile': 10 * minute,
  'qa_crawler.recover': minute,
  'people.count_abandoned': hour,
  'housekeeping.purge': 24 * hour,
}

export interface Scheduler {
  /** Sends what is due and lets pg-boss tidy up. */
  tick(): Promise<void>
  run(): void
  stop(): Promise<void>
}

/**
 * Sends each job once in its time, however many processes do this: the database refuses a second one. Runs
 * pg-boss's maintenance too, which retries jobs whose process died and puts old ones away.
 */
export function createScheduler(boss: PgBoss, jobs: Jobs, onError: (error: unknown) => void): Scheduler {
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> = Promise.resolve()

  async function tick(): Promise<void> {
    try {
      for (const [name, seconds] of Object.entries(schedule) as [JobName, number][]) {
        // Scheduled jobs carry no data.
        await jobs.send(name, {} as never, { once: { key: 'schedule', seconds } })
      }
      await boss.maintain()
    } catch (error) {
      onError(error)
    }
  }

  return {
    tick,
    run() {
      ticking = tick()
      timer = setInterval(() => {
        ticking = ticking.then(tick)
      }, 30_000).unref()
    },
    async stop() {
      clearInterval(timer)
      await ticking
    },
  }
}
