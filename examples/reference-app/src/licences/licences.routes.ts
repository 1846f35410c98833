import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import { ById, PageQuery, Problem } from '../common/schema.ts'
import type { Licences } from './licences.service.ts'
import { LicencePage } from './schema.ts'

/** Below `/api/v1/store/licences`: what a person may use. */
export const licenceRoutes: FastifyPluginAsync<{ readonly licences: Licences }> = async (scope, { licences }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  const tags = ['licences']

  app.get(
    '/',
    { schema: { tags, summary: 'My licences, newest first', querystring: PageQuery, response: { 200: LicencePage } } },
    request => licences.mine(request.getUser().id, request.query),
  )

  const certificate = {
    tags,
    summary: 'The certificate of an active licence, as a text file',
    params: ById,
    produces: ['text/plain'],
    response: { 200: Type.String(), 404: Problem, 409: Problem },
  }
  app.get('/:id/certificate', { schema: certificate }, async (request, reply) => {
    const { id: userId, first_name, last_name, username } = request.getUser()
    const holder = `${first_name} ${last_name}`.trim() || username
    const text = await licences.certificate(userId, request.params.id, holder)
    return reply
      .headers({
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="licence-${request.params.id}.txt"`,
      })
      .send(text)
  })
}
