import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/handle.ts'
import type { Names } from '../db/names.ts'
import { errorLabel } from './backoff.ts'
import { maintain, setRetention } from './subscription.repository.ts'

/** Milliseconds between two runs: partitions are made days ahead. */
const interval = 3_600_000

export interface MaintenanceDeps {
  readonly db: Db
  readonly names: Names
  readonly log: FastifyBaseLogger
  /** Seconds that entries are kept. */
  readonly retention: number
}

/** Makes partitions and deletes what is older than the retention, while this process subscribes to something. */
export interface Maintenance {
  /** Runs once, then every hour. Never rejects. */
  start(): Promise<void>
  close(): void
}

export function createMaintenance({ db, names, log, retention }: MaintenanceDeps): Maintenance {
  let timer: NodeJS.Timeout | undefined

  async function run(): Promise<void> {
    try {
      await setRetention(db, names, retention)
      await maintain(db, names)
    } catch (error) {
      log.warn({ event: 'outbox.maintenance_failed', error: errorLabel(error) }, 'the outbox could not be maintained')
    }
  }

  return {
    async start() {
      if (timer !== undefined) return
      timer = setInterval(() => void run(), interval)
      timer.unref()
      await run()
    },
    close() {
      clearInterval(timer)
    },
  }
}
