import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyPluginAsync } from 'fastify'
import type { Kysely } from 'kysely'
import { notFound } from '../common/http-error.ts'
import { ById, Problem } from '../common/schema.ts'
import { JobsPage, Overview, RetryAnswer } from './schema.ts'
import * as repository from './staff.repository.ts'
import type { StaffDatabase } from './tables.ts'

export interface StaffRoutesOptions {
  readonly db: Kysely<StaffDatabase>
  /** Puts a job that failed for good back into its queue. Answers whether it was still there. */
  readonly retry: (queue: string, id: string) => Promise<boolean>
}

const shownDead = 100

/** Below `/api/v1/staff`: how the store and its background work stand. */
export const staffRoutes: FastifyPluginAsync<StaffRoutesOptions> = async (scope, { db, retry }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  app.auth0Users.defaults(app, { staff: true })
  const tags = ['staff']

  const overview = { tags, summary: 'Counts for a start page', response: { 200: Overview } }
  app.get('/overview', { schema: overview }, () => repository.selectCounts(db))

  const list = { tags, summary: 'Queues, and the jobs that failed for good', response: { 200: JobsPage } }
  app.get('/jobs', { config: { auth: { permissions: 'jobs.view_job' } }, schema: list }, async () => {
    const [queues, dead] = await Promise.all([repository.selectQueues(db), repository.selectDead(db, shownDead)])
    return { queues, dead: dead.map(job => ({ ...job, created_at: job.created_at.toISOString() })) }
  })

  const again = {
    tags,
    summary: 'Try a failed job again',
    params: ById,
    response: { 200: RetryAnswer, 404: Problem },
  }
  const change = { auth: { permissions: 'jobs.change_job' } } as const
  app.post('/jobs/:id/retry', { config: change, schema: again }, async ({ params: { id } }) => {
    const queue = await repository.selectQueueOfDead(db, id)
    if (queue === undefined || !(await retry(queue, id))) throw notFound('failed job')
    return { id, queue }
  })
}
