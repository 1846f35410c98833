import { CompiledQuery } from 'kysely'
import PgBoss from 'pg-boss'
import { type JobName, type Jobs, type QueryExecutor, retries } from './jobs.ts'

const day = 86_400

/** What the rest of the app sees of pg-boss. */
export interface Queue {
  readonly boss: PgBoss
  /** For the features. */
  readonly jobs: Jobs
  /** Puts a job that failed for good back into its queue. Answers whether it was still there. */
  retry(queue: string, id: string): Promise<boolean>
}

/**
 * pg-boss in the database `default`, on our own handle. It opens no connection and its timers stay off:
 * what is scheduled and worked on is decided in `scheduler.ts` and `worker.ts`, where every failure of the
 * database is caught.
 */
export function openQueue(db: QueryExecutor): Queue {
  const boss = new PgBoss({
    db: executor(db),
    schema: 'pgboss',
    schedule: false,
    supervise: false,
    archiveCompletedAfterSeconds: day,
    // Jobs that failed for good are the dead letters; staff have a month to look at them.
    archiveFailedAfterSeconds: 30 * day,
    deleteAfterDays: 7,
  })
  return {
    boss,
    jobs: createJobs(boss),
    async retry(queue, id) {
      // The type says void; it resolves to the number of changed rows.
      const { affected } = (await boss.retry(queue, id)) as unknown as { affected: number }
      return affected > 0
    },
  }
}

/** Creates pg-boss's tables and our queues, or brings them up to date. Safe in several processes at once. */
export async function prepareQueues(db: QueryExecutor): Promise<void> {
  const { boss } = openQueue(db)
  await boss.start()
  for (const [name, limits] of Object.entries(retries) as [JobName, (typeof retries)[JobName]][]) {
    await boss.createQueue(name, { name, ...limits })
  }
  await boss.stop({ graceful: false })
}

function createJobs(boss: PgBoss): Jobs {
  return {
    async send(name, data, { trx, once } = {}) {
      const id = await boss.send(name, data, {
        ...(trx === undefined ? {} : { db: executor(trx) }),
        ...(once === undefined ? {} : { singletonKey: once.key, singletonSeconds: once.seconds }),
      })
      if (id === null && once === undefined) throw new Error(`there is no queue ${name}`)
    },
  }
}

/** pg-boss sends its statements through this handle or transaction. */
function executor(db: QueryExecutor): PgBoss.Db {
  return {
    async executeSql(text: string, values: unknown[] = []): Promise<{ rows: Record<string, unknown>[] }> {
      const { rows } = await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, values))
      return { rows }
    },
  }
}
