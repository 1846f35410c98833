import { type Kysely, sql } from 'kysely'
import type { StaffDatabase } from './tables.ts'

type Db = Kysely<StaffDatabase>

export interface Counts {
  readonly people: number
  readonly pending_requests: number
  readonly active_licences: number
  readonly assets: number
  readonly failed_jobs: number
}

export async function selectCounts(db: Db): Promise<Counts> {
  const { rows } = await sql<Counts>`
    select
      (select count(*)::int from accounts_user where anonymised_at is null) as people,
      (select count(*)::int from store_access_request where status = 'pending') as pending_requests,
      (select count(*)::int from store_licence where expires_at > now()) as active_licences,
      (select count(*)::int from store_asset where withdrawn_at is null) as assets,
      (select count(*)::int from pgboss.job where state = 'failed') as failed_jobs`.execute(db)
  const [counts] = rows
  if (counts === undefined) throw new Error('a query without a table answered no row')
  return counts
}

export interface QueueCounts {
  readonly name: string
  readonly waiting: number
  readonly active: number
  readonly retrying: number
  readonly completed: number
  readonly failed: number
}

export async function selectQueues(db: Db): Promise<QueueCounts[]> {
  const { rows } = await sql<QueueCounts>`
    select queue.name,
      count(*) filter (where job.state = 'created')::int as waiting,
      count(*) filter (where job.state = 'active')::int as active,
      count(*) filter (where job.state = 'retry')::int as retrying,
      count(*) filter (where job.state = 'completed')::int as completed,
      count(*) filter (where job.state = 'failed')::int as failed
    from pgboss.queue left join pgboss.job on job.name = queue.name
    group by queue.name order by queue.name`.execute(db)
  return rows
}

export interface DeadJob {
  readonly id: string
  readonly queue: string
  readonly error: string | null
  readonly created_at: Date
  readonly attempts: number
}

/** Newest first. */
export async function selectDead(db: Db, limit: number): Promise<DeadJob[]> {
  const { rows } = await sql<DeadJob>`
    select id, name as queue, coalesce(output ->> 'message', output #>> '{value,message}') as error,
      created_on as created_at, retry_count + 1 as attempts
    from pgboss.job where state = 'failed' order by completed_on desc limit ${limit}`.execute(db)
  return rows
}

export async function selectQueueOfDead(db: Db, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    select name from pgboss.job where id = ${id} and state = 'failed' limit 1`.execute(db)
  return rows[0]?.name
}
