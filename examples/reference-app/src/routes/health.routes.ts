import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsync } from 'fastify'

const Alive = Type.Object({ status: Type.Literal('ok') })
const Ready = Type.Object({ status: Type.Literal('ready') })
const NotReady = Type.Object({ status: Type.Literal('not ready') })

const about = { tags: ['operation'], security: [] }

/**
 * For load balancers and orchestrators; public, so they reveal nothing more. `GET /healthz`: the process answers; where
 * it does not, restart it. `GET /readyz`: 503 while requests would fail; send none, but a restart would not help.
 */
export const healthRoutes: FastifyPluginAsync = async app => {
  const alive = { ...about, summary: 'Is the process up?', response: { 200: Alive } }
  app.get('/healthz', { config: { auth: false }, schema: alive }, () => ({ status: 'ok' }))

  const ready = { ...about, summary: 'Would requests be answered?', response: { 200: Ready, 503: NotReady } }
  app.get('/readyz', { config: { auth: false }, schema: ready }, async (request, reply) => {
    const health = await app.auth0Users.health()
    reply.header('cache-control', 'no-store')
    if (health.ok) return { status: 'ready' }
    const { keys, database } = health
    request.log.warn({ keys, database }, 'not ready')
    return reply.code(503).send({ status: 'not ready' })
  })
}
