import { createHandlers, type HandlersOptions } from './job-handlers.ts'
import { openQueue } from './jobs/queue.ts'
import { createScheduler, type Scheduler } from './jobs/scheduler.ts'
import { createWorker, type Worker } from './jobs/worker.ts'

export interface Background {
  readonly worker: Worker
  readonly scheduler: Scheduler
  /** Waits for the job under way. */
  stop(): Promise<void>
}

/** The background work, ready to be run or to be driven by hand. */
export function createBackground(options: Omit<HandlersOptions, 'jobs'>): Background {
  const { app, databases } = options
  const { boss, jobs } = openQueue(databases.default)
  const handlers = createHandlers({ ...options, jobs })
  const onError = (error: unknown, what = {}): void => app.log.warn({ err: error, ...what }, 'background work failed')
  const worker = createWorker({ boss, handlers, onError })
  const scheduler = createScheduler(boss, jobs, onError)
  return {
    worker,
    scheduler,
    async stop() {
      await scheduler.stop()
      await worker.stop()
    },
  }
}

/** The same, running until `stop()`. */
export function startBackground(options: Omit<HandlersOptions, 'jobs'>): Background {
  const background = createBackground(options)
  background.scheduler.run()
  background.worker.run()
  return background
}
