import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { securitySchemes } from 'fastify-auth0-users'
import { makePublic } from './public-routes.ts'

const tags = [
  { name: 'config', description: 'What a page needs before anybody has signed in' },
  { name: 'store', description: 'Assets, and asking for them' },
  { name: 'licences', description: 'What I may use' },
  { name: 'me', description: 'Who I am, as the API sees it' },
  { name: 'qa crawler', description: 'For people with `qa_crawler.qa_crawler`; in a separate database' },
  { name: 'digital pr', description: 'For people with `digital_pr.digital_pr`' },
  { name: 'platform', description: 'For platforms, with API tokens' },
  { name: 'staff', description: 'How the store and its background work stand' },
]

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
      components: { securitySchemes: { ...securitySchemes } },
      security: [{ accessToken: [] }],
      tags: [...tags],
    },
  })
}

/** Files of the app and nothing else, as for its own pages; Swagger UI writes styles of its own. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page at `/documentation`: public, and complete without the network. */
export const documentationPage: FastifyPluginAsync = async app => {
  makePublic(app)
  await app.register(swaggerUi, {
    routePrefix: '/documentation',
    // A pasted token is forgotten with the page.
    uiConfig: { tryItOutEnabled: true },
    staticCSP: true,
    transformStaticCSP: () => policy,
  })
}
