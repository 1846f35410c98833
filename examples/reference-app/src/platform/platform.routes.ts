import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PageQuery, Problem } from '../common/schema.ts'
import type { Platform } from './platform.service.ts'
import { ByExternalId, PlatformAsset, PlatformAssetContent, PlatformAssetPage } from './schema.ts'

const isPlatform = (request: FastifyRequest): boolean => request.getUser().is_platform

/**
 * Below `/api/v1/platform/assets`: for platforms, with `Authorization: Token …`. Nothing here refuses them
 * DELETE: the plugin does, for every route.
 */
export const platformRoutes: FastifyPluginAsync<{ readonly platform: Platform }> = async (scope, { platform }) => {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()
  app.auth0Users.defaults(app, { methods: 'token', check: isPlatform })
  const tags = ['platform']

  const list = {
    tags,
    summary: 'Assets, newest first, as of the replica',
    querystring: PageQuery,
    response: { 200: PlatformAssetPage },
  }
  app.get('/', { config: { auth: { permissions: 'store.view_asset' } }, schema: list }, request =>
    platform.list(request.getUser().id, request.query),
  )

  const put = {
    tags,
    summary: 'Create or replace an asset of this platform',
    description: 'The list shows it once the replica has it, some seconds later.',
    params: ByExternalId,
    body: PlatformAssetContent,
    response: { 200: PlatformAsset },
  }
  const write = { auth: { permissions: ['store.add_asset', 'store.change_asset'] } } as const
  app.put('/:external_id', { config: write, schema: put }, request =>
    platform.put(request.getUser().id, request.params.external_id, request.body),
  )

  const withdraw = {
    tags,
    summary: 'Withdraw an asset (refused to platforms)',
    description: 'For staff with an API token who are no platform: platforms never delete, whatever they hold.',
    params: ByExternalId,
    response: { 204: Type.Null(), 404: Problem },
  }
  const remove = { auth: { permissions: 'store.delete_asset', check: () => true } } as const
  app.delete('/:external_id', { config: remove, schema: withdraw }, async (request, reply) => {
    await platform.withdraw(request.getUser().id, request.params.external_id)
    return reply.code(204).send(null)
  })
}
