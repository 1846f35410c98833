import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyPluginAsync } from 'fastify'
import { ById, PageQuery, Problem } from '../common/schema.ts'
import type { Runs } from './runs.service.ts'
import { NewRun, Run, RunPage } from './schema.ts'

/** Below `/api/v1/qa-crawler/runs`: for people with the permission `qa_crawler.qa_crawler`. */
export const runRoutes: FastifyPluginAsync<{ readonly runs: Runs }> = async (scope, { runs }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  app.auth0Users.defaults(app, { permissions: 'qa_crawler.qa_crawler' })
  const tags = ['qa crawler']

  const list = { tags, summary: 'Runs, newest first', querystring: PageQuery, response: { 200: RunPage } }
  app.get('/', { schema: list }, request => runs.list(request.query))

  const add = {
    tags,
    summary: 'Crawl a site',
    description: 'Reads up to 25 pages of the host and counts the links that lead nowhere.',
    body: NewRun,
    response: { 201: Run, 400: Problem },
  }
  app.post('/', { schema: add }, async (request, reply) =>
    reply.code(201).send(await runs.begin(request.getUser().id, request.body.start_url)),
  )

  const one = { tags, summary: 'One run', params: ById, response: { 200: Run, 404: Problem } }
  app.get('/:id', { schema: one }, request => runs.get(request.params.id))
}
