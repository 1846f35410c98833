import type { FastifyRequest } from 'fastify'
import type { ActingCredential, Actor } from '../audit/event.ts'
import { sidOf } from './sid.ts'

/** The signed-in user as the author of a change, with the credential that the change checks again. */
export type RequestActor = Actor & { readonly actorId: string; readonly credential: ActingCredential }

/**
 * The signed-in user as the author of a change.
 *
 * @throws Auth0UsersError 401 `A0U_CREDENTIALS_MISSING` without credentials, 403 `A0U_PERSON_REQUIRED` for a caller without a row.
 */
export function requestActor(request: FastifyRequest): RequestActor {
  const { id } = request.getUser()
  return {
    actorId: id,
    method: request.auth?.method ?? null,
    requestId: request.id,
    credential: credentialOf(request, id),
  }
}

function credentialOf({ auth, server }: FastifyRequest, userId: string): ActingCredential {
  const claims = auth?.method === 'jwt' ? auth.claims : null
  return {
    id: auth?.credentialId ?? null,
    issuedAt: claims === null ? null : claims.iat * 1000,
    sid: sidOf(claims),
    forget: () => server.auth0Users.evict(userId),
  }
}
