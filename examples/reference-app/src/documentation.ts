import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { makePublic } from './public-scope.ts'

/**
 * OpenAPI, generated from the schemas that validate. Register it before any route: it collects what
 * is registered after it.
 */
export async function registerOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Reference app of fastify-auth0-users',
        description: 'Paste an access token under "Authorize"; the start message prints one.',
        version: '0.1.0',
      },
      components: { securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ accessToken: [] }],
    },
  })
}

/** The page at `/documentation`: public, and complete without the network. */
export const documentationPage: FastifyPluginAsync = async app => {
  makePublic(app)
  await app.register(swaggerUi, {
    routePrefix: '/documentation',
    uiConfig: { persistAuthorization: true, tryItOutEnabled: true },
  })
}
