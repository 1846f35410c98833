import { type Kysely, sql } from 'kysely'
import type { RunStatus } from './schema.ts'
import type { QaCrawlerDatabase } from './tables.ts'

type Db = Kysely<QaCrawlerDatabase>

const columns = [
  'id',
  'position',
  'start_url',
  'status',
  'pages_checked',
  'broken_links',
  'created_at',
  'finished_at',
] as const

export type RunRow = Awaited<ReturnType<typeof selectRun>> & {}

export function selectRun(db: Db, id: string) {
  return db.selectFrom('qa_crawler_run').select(columns).where('id', '=', id).executeTakeFirst()
}

export function selectRuns(db: Db, after: string | undefined, limit: number) {
  const query = db.selectFrom('qa_crawler_run').select(columns).orderBy('position', 'desc').limit(limit)
  return (after === undefined ? query : query.where('position', '<', after)).execute()
}

/** For the export: all that one person asked for, oldest first. */
export function selectForExport(db: Db, userId: string) {
  return db
    .selectFrom('qa_crawler_run')
    .select(['id', 'start_url', 'status', 'created_at'])
    .where('requested_by', '=', userId)
    .orderBy('position')
    .execute()
}

export function insertRun(db: Db, startUrl: string, userId: string): Promise<RunRow> {
  return db
    .insertInto('qa_crawler_run')
    .values({ start_url: startUrl, requested_by: userId })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Runs that wait for longer than a job needs to begin: their job was lost between the two databases. */
export function selectForgotten(db: Db, seconds: number) {
  return db
    .selectFrom('qa_crawler_run')
    .select('id')
    .where('status', 'in', ['queued', 'running'])
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${seconds})`)
    .limit(100)
    .execute()
}

/** Undefined when the run is over already. */
export function begin(db: Db, id: string) {
  return db
    .updateTable('qa_crawler_run')
    .set({ status: 'running' })
    .where('id', '=', id)
    .where('status', 'in', ['queued', 'running'])
    .returning(['id', 'start_url'])
    .executeTakeFirst()
}

export interface Outcome {
  readonly status: RunStatus
  readonly pages_checked: number
  readonly broken_links: number
}

export async function finish(db: Db, id: string, outcome: Outcome): Promise<void> {
  await db
    .updateTable('qa_crawler_run')
    .set({ ...outcome, finished_at: sql`now()` })
    .where('id', '=', id)
    .execute()
}
