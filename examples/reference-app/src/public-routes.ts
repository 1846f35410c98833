import type { FastifyInstance } from 'fastify'

const publicScope = Symbol('public scope')

/**
 * For routes of third-party plugins, where `config: { auth: false }` cannot be written on
 * the routes. To be called before the plugin `fastify-auth0-users` is registered, whose
 * list of public routes is then complete.
 */
export function allowPublicScopes(app: FastifyInstance): void {
  app.addHook('onRoute', function declarePublic(route) {
    if (this.hasDecorator(publicScope)) route.config = { ...route.config, auth: false }
  })
}

/** Every route that is registered in this scope, and in those below it, needs no authentication. */
export function makePublic(scope: FastifyInstance): void {
  scope.decorate(publicScope, true)
}
