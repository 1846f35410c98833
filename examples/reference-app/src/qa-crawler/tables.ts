import type { Generated, GeneratedAlways } from 'kysely'
import type { RunStatus } from './schema.ts'

export interface CrawlerRunTable {
  id: Generated<string>
  position: GeneratedAlways<string>
  start_url: string
  status: Generated<RunStatus>
  pages_checked: Generated<number>
  broken_links: Generated<number>
  /** The person, by id; their row is in another database, so no foreign key guards it. */
  requested_by: string
  created_at: Generated<Date>
  finished_at: Date | null
}

/** The database `qa_crawler`. */
export interface QaCrawlerDatabase {
  qa_crawler_run: CrawlerRunTable
}
