import type { FastifyRequest } from 'fastify'
import type { Actor } from '../audit/event.ts'

/**
 * The signed-in user as the author of a change.
 *
 * @throws Auth0UsersError 401 `A0U_CREDENTIALS_MISSING` without credentials, 403 `A0U_PERSON_REQUIRED` for a caller without a row.
 */
export function requestActor(request: FastifyRequest): Actor & { readonly actorId: string } {
  const { id } = request.getUser()
  return { actorId: id, method: request.auth?.method ?? null, requestId: request.id }
}
