import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'

const Health = Type.Object({ status: Type.Literal('ok') })

/** `GET /healthz`: whether the process answers. Public, for load balancers, so it tells nothing more. */
export const healthRoutes: FastifyPluginAsync = async app => {
  const schema = { summary: 'Is the process up?', tags: ['operation'], security: [], response: { 200: Health } }
  app.get('/healthz', { config: { auth: false }, schema }, () => ({ status: 'ok' }))
}
