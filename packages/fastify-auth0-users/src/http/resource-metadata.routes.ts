import type { FastifyPluginAsync } from 'fastify'
import type { ResourceMetadata } from './resource-metadata.ts'

/** How long a client may keep the document, in seconds. */
const maxAge = 3600

/** The public route of the metadata document. */
export function resourceMetadataRoutes(path: string, document: ResourceMetadata): FastifyPluginAsync {
  return async scope => {
    scope.get(path, { config: { auth: false }, schema: { hide: true } as object }, async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${maxAge}`)
      return document
    })
  }
}
