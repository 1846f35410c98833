import type { FastifyPluginAsync } from 'fastify'

/** `GET /`: leads whoever opens the printed address in a browser to something to read. */
export const homeRoutes: FastifyPluginAsync = async app => {
  app.get('/', { config: { auth: false }, schema: { hide: true } }, (_request, reply) =>
    reply.redirect('/documentation'),
  )
}
