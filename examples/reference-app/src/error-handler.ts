import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Auth0UsersError, isDatabaseUnavailable } from 'fastify-auth0-users'

/** `Retry-After` in seconds while a database is unreachable. */
const retryAfter = 5

/**
 * Errors with a sentence for the client go out as they are, and a database that is away is 503 wherever
 * it is noticed. An unexpected error goes to the log only, since its message may name tables, files or values.
 */
export function handleError(error: FastifyError | Auth0UsersError, request: FastifyRequest, reply: FastifyReply): void {
  const foreseen = error instanceof Auth0UsersError || (error.statusCode ?? 500) < 500
  if (foreseen) return void reply.send(error)
  if (isDatabaseUnavailable(error)) {
    request.log.warn({ err: error }, 'a database is away')
    return void reply.send(new Auth0UsersError('A0U_DATABASE_UNAVAILABLE', { cause: error, retryAfter }))
  }
  request.log.error({ err: error }, 'unexpected error')
  reply.send(new Error('Something went wrong on our side'))
}
