import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import { parseJsonBody } from './json-body.ts'

export interface JsonScopeOptions {
  /** Bytes; larger bodies are refused with 413. */
  readonly bodyLimit: number
  /** How deeply a body may be nested. */
  readonly maxDepth: number
}

/**
 * Prepares an encapsulated scope for the routes of this plugin: bodies are JSON read with
 * `parseJsonBody` and nothing else is accepted (415), no response is stored by caches, and too large a
 * body gets the code of our catalogue. Schemas of routes in it are documentation: nothing is coerced
 * on the way in and nothing dropped on the way out.
 */
export function useStrictJson(scope: FastifyInstance, { bodyLimit, maxDepth }: JsonScopeOptions): void {
  scope.removeAllContentTypeParsers()
  const types = ['application/json', 'application/merge-patch+json']
  scope.addContentTypeParser(types, { parseAs: 'buffer', bodyLimit }, (request, raw, done) => {
    // Clients that set the type on every request send it with an empty DELETE too.
    if (request.method === 'DELETE') return done(null, undefined)
    try {
      done(null, parseJsonBody(raw as Buffer, maxDepth))
    } catch (error) {
      done(error as Error)
    }
  })
  scope.setValidatorCompiler(() => () => true)
  scope.setSerializerCompiler(({ httpStatus }) =>
    httpStatus === '4xx' ? serializeError : data => JSON.stringify(data),
  )
  scope.addHook('onSend', neverStored)
  scope.setErrorHandler(renameErrors)
}

/**
 * Errors get Fastify's own body with what ours say beside it: `faults` and public extras. What the
 * host's error handler sends instead stays as it is.
 */
function serializeError(data: unknown): string {
  if (!(data instanceof Error)) return JSON.stringify(data)
  const { statusCode, code, error, message, faults, extra } = data as ErrorFields
  return JSON.stringify({ statusCode, code, error, message, faults, ...extra })
}

interface ErrorFields extends Partial<Pick<Auth0UsersError, 'statusCode' | 'code' | 'message' | 'faults' | 'extra'>> {
  /** The name of the status, which Fastify adds. */
  readonly error?: string
}

async function neverStored(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'no-store')
}

/** Throwing in an error handler hands the error to the handler of the scope around. */
function renameErrors(error: FastifyError): never {
  throw error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new Auth0UsersError('A0U_BODY_TOO_LARGE') : error
}
