import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'
import { ById, Problem } from '../common/schema.ts'
import type { Assets } from './assets.service.ts'

/** No script, no request, wherever the picture is opened. */
const headers = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  // Made from the id alone, so it never changes.
  'cache-control': 'public, max-age=86400, immutable',
}

/** `GET /api/v1/store/assets/:id/preview.svg`: public, since `<img>` sends no token. It shows nothing but shapes. */
export const previewRoutes: FastifyPluginAsync<{ readonly assets: Assets }> = async (scope, { assets }) => {
  const schema = {
    tags: ['store'],
    summary: 'The preview of an asset',
    security: [],
    params: ById,
    response: { 200: Type.String({ description: 'SVG' }), 404: Problem },
  }
  scope
    .withTypeProvider<TypeBoxTypeProvider>()
    .get('/:id/preview.svg', { config: { auth: false }, schema }, async (request, reply) =>
      reply.headers(headers).send(await assets.preview(request.params.id)),
    )
}
