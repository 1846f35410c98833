import type { Auth0Users } from './decorators.ts'
import type { RequestAuth } from './methods/request-auth.ts'
import type { RouteAuth } from './permissions/requirement.ts'
import type { User } from './users/user.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auth0Users: Auth0Users
  }

  interface FastifyRequest {
    /** Who is asking; null before authentication and on public routes without credentials. */
    auth: RequestAuth | null
    /** The person who is asking; throws 401 without credentials and 403 for a machine. */
    getUser(): User
  }

  interface FastifyContextConfig {
    /** Who may call this route: `false` for everybody, an object for what is asked; see `RouteRequirement`. */
    auth?: RouteAuth
  }
}

/** Names the augmented types outside the block, so that the emitted declarations keep their imports. */
export type Augmented = readonly [Auth0Users, RequestAuth, RouteAuth, User]
