import type { Kysely } from 'kysely'
import type { Jobs } from '../jobs/jobs.ts'
import { crawl } from './crawl.ts'
import * as repository from './runs.repository.ts'
import type { QaCrawlerDatabase } from './tables.ts'

/** Seconds after which a run that is not over is taken to have lost its job. */
const forgottenAfter = 900

/** Does a run from its beginning, also one that was begun before: it reads pages and writes one row. */
export async function crawlRun(db: Kysely<QaCrawlerDatabase>, id: string, hosts: readonly string[]): Promise<void> {
  const run = await repository.begin(db, id)
  if (run === undefined) return
  const { pages, broken, reached } = await crawl(run.start_url, { hosts })
  await repository.finish(db, id, {
    status: reached ? 'done' : 'failed',
    pages_checked: pages,
    broken_links: broken,
  })
}

/** Sends the jobs of runs that have none. */
export async function recoverRuns(db: Kysely<QaCrawlerDatabase>, jobs: Jobs): Promise<void> {
  for (const { id } of await repository.selectForgotten(db, forgottenAfter)) {
    await jobs.send('qa_crawler.crawl', { run_id: id }, { once: { key: id, seconds: forgottenAfter } })
  }
}
