import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify'
import { authorizeRoutes } from './authorize.routes.ts'
import type { Context } from './context.ts'
import { discoveryRoutes } from './discovery.routes.ts'
import { sendPage } from './html.ts'
import { isLoopbackAuthority, parseLoopbackUrl } from './loopback.ts'
import { OAuthError } from './oauth-error.ts'
import { errorPage } from './pages.ts'
import { logoutRoutes, userinfoRoutes } from './session.routes.ts'
import { signInRoutes } from './sign-in.routes.ts'
import { startRoutes } from './start.routes.ts'
import { tokenRoutes } from './token.routes.ts'

/** The server without a socket: hooks, then the routes, pages and endpoints apart because their errors look different. */
export function buildServer(context: Context, logger: FastifyServerOptions['logger'] = false): FastifyInstance {
  const app = Fastify({
    logger,
    bodyLimit: 16 * 1024,
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && parseLoopbackUrl(origin) !== undefined),
    methods: ['GET', 'POST'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Auth0-Client'],
    maxAge: 600,
  })
  app.register(formbody)
  app.addHook('onRequest', refuseForeignHost)

  app.register(endpoints(context))
  app.register(pages(context))
  return app
}

const endpoints = (context: Context): FastifyPluginAsync => {
  return async app => {
    app.setErrorHandler(answerWithJson)
    discoveryRoutes(app, context)
    tokenRoutes(app, context)
    userinfoRoutes(app, context)
  }
}

const pages = (context: Context): FastifyPluginAsync => {
  return async app => {
    app.setErrorHandler(answerWithPage)
    startRoutes(app, context)
    authorizeRoutes(app, context)
    signInRoutes(app, context)
    logoutRoutes(app, context)
  }
}

/** A page elsewhere whose name was made to resolve to this machine is not answered. */
async function refuseForeignHost(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'no-store')
  if (!isLoopbackAuthority(request.headers.host))
    throw new OAuthError('invalid_request', 'Only requests to this machine are answered')
}

/** RFC 6749 §5.2; at `/userinfo` also RFC 6750 §3. */
function answerWithJson(error: FastifyError | OAuthError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { statusCode, code, description } = describe(error, request)
  if (code === 'invalid_token') reply.header('www-authenticate', `Bearer realm="stand-in", error="invalid_token"`)
  return reply.code(statusCode).send({ error: code, error_description: description })
}

function answerWithPage(error: FastifyError | OAuthError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { statusCode, description } = describe(error, request)
  return sendPage(reply, errorPage('This did not work', description), statusCode)
}

interface Described {
  readonly statusCode: number
  readonly code: string
  readonly description: string
}

function describe(error: FastifyError | OAuthError, request: FastifyRequest): Described {
  if (error instanceof OAuthError) return { statusCode: error.statusCode, code: error.code, description: error.message }
  const statusCode = error.statusCode ?? 500
  if (statusCode < 500) return { statusCode, code: 'invalid_request', description: error.message }
  request.log.error({ err: error }, 'the stand-in failed')
  return { statusCode, code: 'server_error', description: 'The stand-in failed; its log says why' }
}
