import type { CompiledQuery, QueryResult } from 'kysely'

/** What a job is stored through: any Kysely handle or transaction on the database `default`. */
export interface QueryExecutor {
  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>
}

/** The jobs of the background, with the data of each. */
export interface JobData {
  'people.welcome': { readonly user_id: string }
  'people.tell_decision': { readonly request_id: string }
  'people.count_abandoned': object
  'licences.expire': object
  'platform.copy': { readonly asset_id: string }
  'platform.reconcile': object
  'qa_crawler.crawl': { readonly run_id: string }
  'qa_crawler.recover': object
  'housekeeping.purge': object
}

export type JobName = keyof JobData

export interface SendOptions {
  /** The job stands or falls with this transaction. */
  readonly trx?: QueryExecutor
  /** At most one job of this name and key within so many seconds. */
  readonly once?: { readonly key: string; readonly seconds: number }
}

export interface Jobs {
  /** Asks for a piece of work. It is done at least once, so it has to bear being done twice. */
  send<Name extends JobName>(name: Name, data: JobData[Name], options?: SendOptions): Promise<void>
}

interface Limits {
  /** After so many further attempts a job is dead until staff try it again. */
  readonly retryLimit: number
  /** Seconds before the first of them; each further one waits twice as long. */
  readonly retryDelay: number
  readonly retryBackoff: true
  /** Seconds after which a job that never ended is taken to have failed. */
  readonly expireInSeconds: number
}

const usual: Limits = { retryLimit: 5, retryDelay: 5, retryBackoff: true, expireInSeconds: 300 }
/** The next run does what this one left undone. */
const regular: Limits = { retryLimit: 1, retryDelay: 5, retryBackoff: true, expireInSeconds: 600 }

/** Every queue, and how often its jobs are tried. */
export const retries: Readonly<Record<JobName, Limits>> = {
  'people.welcome': usual,
  'people.tell_decision': usual,
  'people.count_abandoned': regular,
  'licences.expire': regular,
  'platform.copy': usual,
  'platform.reconcile': regular,
  'qa_crawler.crawl': { ...usual, retryLimit: 2 },
  'qa_crawler.recover': regular,
  'housekeeping.purge': regular,
}
