import { isUtf8 } from 'node:buffer'
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import { counter, errorType } from '../telemetry/index.ts'
import { ownCredentials } from '../wire/own-credentials.ts'
import { withAndWithoutSlash } from '../wire/paths.ts'
import { readBody } from './body.ts'
import type { Logout } from './logout.ts'
import type { Receiver } from './receiver.ts'
import { createSecretCheck } from './secret.ts'

/** A batch of log records takes the most. */
const eventBodyLimit = 1_048_576

/** A logout token is a header and a handful of claims. */
const logoutBodyLimit = 32_768

const eventTypes = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json']

const countError = counter('auth0.event_errors')

export interface EventRoutesOptions {
  /** Without a final slash. */
  readonly path: string
  readonly secrets: readonly string[]
}

/**
 * `POST` of what an event stream or a log stream delivers. Public for the guard, for it carries a secret of its own,
 * which is checked before the body is read. To be registered as it is: it makes a scope of its own.
 */
export function eventRoutes({ path, secrets }: EventRoutesOptions, receiver: Receiver): FastifyPluginAsync {
  const checkSecret = createSecretCheck(secrets)
  return async scope => {
    prepare(scope, eventTypes, eventBodyLimit, error => countError({ 'error.type': errorType(error) }))
    scope.addHook('onRequest', function auth0UsersCheckSecret(request, _reply, done) {
      try {
        checkSecret(request.raw.rawHeaders)
        done()
      } catch (error) {
        done(error as Error)
      }
    })
    for (const url of withAndWithoutSlash(scope, path)) {
      scope.route({
        method: 'POST',
        url,
        config: ownCredentials,
        schema: { hide: true } as object,
        handler: async request => {
          const { messages, ignored } = readBody(bytesOf(request))
          const receipt = await receiver.take(messages, request)
          return { ...receipt, ignored: receipt.ignored + ignored }
        },
      })
    }
  }
}

/** `POST` of a logout token, which is its own credential (OpenID Connect Back-Channel Logout 1.0 §2.5). */
export function logoutRoutes(path: string, logout: Logout): FastifyPluginAsync {
  return async scope => {
    prepare(scope, ['application/x-www-form-urlencoded'], logoutBodyLimit)
    // §2.8: the words of OAuth, beside which our code stands.
    scope.setSerializerCompiler(({ httpStatus }) =>
      httpStatus === '4xx' ? serializeRefusal : data => JSON.stringify(data),
    )
    for (const url of withAndWithoutSlash(scope, path)) {
      scope.route({
        method: 'POST',
        url,
        config: ownCredentials,
        schema: { hide: true, response: { '4xx': {} } } as object,
        handler: async (request, reply) => {
          await logout.run(logoutTokenOf(request), request)
          return reply.code(200).send()
        },
      })
    }
  }
}

/** The only parameter that is read; '', which is not a token, unless it is given once (RFC 6749 §3.1). */
function logoutTokenOf(request: FastifyRequest): string {
  const raw = bytesOf(request)
  const tokens = isUtf8(raw) ? new URLSearchParams(raw.toString('utf8')).getAll('logout_token') : []
  return tokens.length === 1 ? (tokens[0] ?? '') : ''
}

/** Of a request that has neither a body nor a content type Fastify asks no parser. */
function bytesOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

function serializeRefusal(data: unknown): string {
  if (!(data instanceof Error)) return JSON.stringify(data)
  const { code } = data as Partial<FastifyError>
  return JSON.stringify({ error: 'invalid_request', error_description: data.message, code })
}

/** Bodies of these types come as bytes, others are refused (415); nothing is stored by caches; refusals are logged. */
function prepare(
  scope: FastifyInstance,
  types: readonly string[],
  bodyLimit: number,
  onError: (error: Error) => void = () => undefined,
): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser([...types], { parseAs: 'buffer', bodyLimit }, (_request, raw, done) => done(null, raw))
  scope.addHook('onRequest', function auth0UsersNeverStored(_request, reply, done) {
    reply.header('cache-control', 'no-store')
    done()
  })
  // Throwing in an error handler hands the error to the handler of the scope around.
  scope.setErrorHandler((given: FastifyError, request) => {
    const error = given.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new Auth0UsersError('A0U_BODY_TOO_LARGE') : given
    const { code, cause } = error
    const reason = cause instanceof Error ? cause.message : undefined
    const level = (error.statusCode ?? 500) < 500 ? 'info' : 'warn'
    request.log[level]({ event: 'auth0.message_refused', code, cause: reason }, 'a message of Auth0 was refused')
    onError(error)
    throw error
  })
}
