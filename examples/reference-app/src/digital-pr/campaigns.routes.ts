import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import { ById, PageQuery, Problem } from '../common/schema.ts'
import type { Campaigns } from './campaigns.service.ts'
import { Campaign, CampaignChanges, CampaignPage, NewCampaign } from './schema.ts'

/** Below `/api/v1/digital-pr/campaigns`: for people with the permission `digital_pr.digital_pr`. */
export const campaignRoutes: FastifyPluginAsync<{ readonly campaigns: Campaigns }> = async (scope, { campaigns }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  app.auth0Users.defaults(app, { permissions: 'digital_pr.digital_pr' })
  const tags = ['digital pr']

  const list = { tags, summary: 'Campaigns, newest first', querystring: PageQuery, response: { 200: CampaignPage } }
  app.get('/', { schema: list }, request => campaigns.list(request.query))

  const add = { tags, summary: 'Begin a campaign', body: NewCampaign, response: { 201: Campaign } }
  app.post('/', { schema: add }, async (request, reply) => reply.code(201).send(await campaigns.add(request.body)))

  const change = {
    tags,
    summary: 'Change a campaign',
    params: ById,
    body: CampaignChanges,
    response: { 200: Campaign, 404: Problem },
  }
  app.patch('/:id', { schema: change }, request => campaigns.change(request.params.id, request.body))

  const remove = {
    tags,
    summary: 'Delete a campaign',
    params: ById,
    response: { 204: Type.Null(), 404: Problem },
  }
  app.delete('/:id', { schema: remove }, async (request, reply) => {
    await campaigns.remove(request.params.id)
    return reply.code(204).send(null)
  })
}
