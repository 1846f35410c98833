import type { Kysely } from 'kysely'
import { badRequest, notFound } from '../common/http-error.ts'
import { type PageOf, toPage } from '../common/page.ts'
import type { PageQuery } from '../common/schema.ts'
import type { Jobs } from '../jobs/jobs.ts'
import * as repository from './runs.repository.ts'
import type { Run } from './schema.ts'
import type { QaCrawlerDatabase } from './tables.ts'
import { isAllowed } from './targets.ts'

export interface Runs {
  list(query: PageQuery): Promise<PageOf<Run>>
  get(id: string): Promise<Run>
  /** 400 for an address that the crawler may not visit. */
  begin(userId: string, startUrl: string): Promise<Run>
}

export interface RunsOptions {
  readonly db: Kysely<QaCrawlerDatabase>
  readonly jobs: Jobs
  /** `host:port` of what may be crawled. */
  readonly hosts: readonly string[]
}

/**
 * Runs of the crawler. The run is in the database `qa_crawler` and its job in `default`, and no
 * transaction spans the two: the run is written first, and the job `qa_crawler.recover` finds those whose
 * own job was never written.
 */
export function createRuns({ db, jobs, hosts }: RunsOptions): Runs {
  return {
    async list({ after, limit }) {
      return toPage(await repository.selectRuns(db, after, limit + 1), limit, toRun)
    },
    async get(id) {
      const row = await repository.selectRun(db, id)
      if (row === undefined) throw notFound('run')
      return toRun(row)
    },
    async begin(userId, startUrl) {
      if (!isAllowed(startUrl, hosts)) {
        throw badRequest(
          'TARGET_NOT_ALLOWED',
          'The crawler may not visit this host (QA_CRAWLER_HOSTS lists those it may)',
        )
      }
      const row = await repository.insertRun(db, startUrl, userId)
      await jobs.send('qa_crawler.crawl', { run_id: row.id })
      return toRun(row)
    },
  }
}

function toRun(row: repository.RunRow): Run {
  const { id, start_url, status, pages_checked, broken_links } = row
  return {
    ...{ id, start_url, status, pages_checked, broken_links },
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}
