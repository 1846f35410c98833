import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Auth0UsersError } from 'fastify-auth0-users'

/**
 * Errors with a sentence for the client go out as they are. What nobody foresaw goes to the log
 * only, since its message may name tables, files or values.
 */
export function handleError(error: FastifyError | Auth0UsersError, request: FastifyRequest, reply: FastifyReply): void {
  const foreseen = error instanceof Auth0UsersError || (error.statusCode ?? 500) < 500
  if (foreseen) return void reply.send(error)
  request.log.error({ err: error }, 'unexpected error')
  reply.send(new Error('Something went wrong on our side'))
}
