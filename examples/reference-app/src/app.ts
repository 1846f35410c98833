import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import auth0Users from 'fastify-auth0-users'
import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { documentationPage, registerOpenApi } from './documentation.ts'
import { handleError } from './error-handler.ts'
import { permissions } from './permissions.ts'
import { Profile, requiredProfileFields } from './profile.ts'
import { allowPublicScopes } from './public-scope.ts'
import { healthRoutes } from './routes/health.routes.ts'
import { homeRoutes } from './routes/home.routes.ts'
import { meRoutes } from './routes/me.routes.ts'
import { claimNamespace } from './stand-in/settings.ts'

export interface AppOptions {
  readonly db: Kysely<Database>
  /** Who signs the access tokens, and for which API. */
  readonly auth: { readonly domain: string; readonly audience: string; readonly test?: { readonly secret: string } }
  readonly logger?: FastifyServerOptions['logger']
}

declare module 'fastify-auth0-users' {
  interface Auth0UsersTypes {
    profile: Profile
    permission: (typeof permissions)[number]
  }
}

/** The whole application, ready for `listen` or `inject`. It opens no connection; `db` stays the caller's to close. */
export async function buildApp({ db, auth, logger = false }: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({ logger }).withTypeProvider<TypeBoxTypeProvider>()
  app.setErrorHandler(handleError)
  await registerOpenApi(app)
  allowPublicScopes(app)

  await app.register(auth0Users, {
    ...auth,
    db,
    permissions: [...permissions],
    profile: { schema: Profile, required: [...requiredProfileFields] },
    claims: {
      email: [`${claimNamespace}email`, 'email'],
      email_verified: [`${claimNamespace}email_verified`, 'email_verified'],
      first_name: [`${claimNamespace}given_name`, 'given_name'],
      last_name: [`${claimNamespace}family_name`, 'family_name'],
    },
  })

  await app.register(documentationPage)
  await app.register(homeRoutes)
  await app.register(healthRoutes)
  await app.register(meRoutes, { prefix: '/api/v1/me' })
  return app
}
