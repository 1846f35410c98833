import type { FastifyPluginAsync } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import type { ResourceMetadata } from './resource-metadata.ts'

/** How long a client may keep the document, in seconds. */
const maxAge = 3600

/** The public route of the metadata document. */
export function resourceMetadataRoutes(path: string, document: ResourceMetadata): FastifyPluginAsync {
  return async scope => {
    // Clients look for it at the root of the host (RFC 9728 §3.1).
    if (scope.prefix !== '') {
      const faults = [
        { field: 'resourceMetadata', message: 'must be given where the plugin is registered without prefix' },
      ]
      throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
    }
    scope.get(path, { config: { auth: false }, schema: { hide: true } as object }, async (_request, reply) => {
      reply.header('cache-control', `public, max-age=${maxAge}`)
      return document
    })
  }
}
