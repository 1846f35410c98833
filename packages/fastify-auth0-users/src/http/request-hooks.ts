import type { FastifyRequest } from 'fastify'
import type { RequestAuth } from '../methods/request-auth.ts'
import type { InvitationHooks } from '../organizations/hooks.ts'
import type { LifecycleHooks } from '../users/hooks.ts'

/** Hooks around each protected request. Not waited for; a failure is logged and counted. */
export interface RequestHooks {
  /** A request was authenticated. Runs for every request. */
  onAuthenticated: (auth: RequestAuth, request: FastifyRequest) => void | Promise<void>
  /** A request was refused: 400, 401, 403, 409 or 503. */
  onFailure: (error: unknown, request: FastifyRequest) => void | Promise<void>
}

/** Every hook a host can give, by option or by `app.auth0Users.addHook`. */
export type Hooks = LifecycleHooks & InvitationHooks & RequestHooks
