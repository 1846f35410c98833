import type { FastifyInstance } from 'fastify'
import type { ReplicaKeeper } from './config-databases.ts'
import type { Databases } from './databases/databases.ts'
import type { Jobs } from './jobs/jobs.ts'
import type { Handlers } from './jobs/worker.ts'
import { deleteOld, tellDecision, tellExpiries, welcome } from './messages/messages.ts'
import { copyAsset, reconcile } from './platform/copy.ts'
import { crawlRun, recoverRuns } from './qa-crawler/crawl-job.ts'

export interface HandlersOptions {
  readonly databases: Databases
  /** For what the plugin does: counting and purging. */
  readonly app: FastifyInstance
  readonly jobs: Jobs
  readonly replicaKeptBy: ReplicaKeeper
  /** `host:port` of what the crawler may visit. */
  readonly crawlerHosts: readonly string[]
}

const hour = 3600
const day = 24 * hour

/** A registration counts as abandoned when the profile is incomplete a day after sign-up. */
const abandonedAfter = day

/** How long things are kept. */
const retention = { auditOlderThan: 730 * day, sessionsOlderThan: 30 * day }
const messagesKeptDays = 365

/** What each job does. All of them may run twice, and at the same time as themselves. */
export function createHandlers({ databases, app, jobs, replicaKeptBy, crawlerHosts }: HandlersOptions): Handlers {
  const { default: db, qa_crawler } = databases
  const keepsReplica = replicaKeptBy === 'app'
  return {
    'people.welcome': ({ user_id }) => welcome(db, user_id),
    'people.tell_decision': ({ request_id }) => tellDecision(db, request_id),
    'people.count_abandoned': () => app.auth0Users.registrations.countAbandoned({ after: abandonedAfter, every: hour }),
    'licences.expire': () => tellExpiries(db),
    'platform.copy': async ({ asset_id }) => keepsReplica && (await copyAsset(databases, asset_id)),
    'platform.reconcile': async () => keepsReplica && (await reconcile(databases)),
    'qa_crawler.crawl': ({ run_id }) => crawlRun(qa_crawler, run_id, crawlerHosts),
    'qa_crawler.recover': () => recoverRuns(qa_crawler, jobs),
    'housekeeping.purge': async () => {
      await app.auth0Users.privacy.purge(retention)
      await deleteOld(db, messagesKeptDays)
    },
  }
}
