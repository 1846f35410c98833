import type { FastifyRequest } from 'fastify'
import type { Identity, Origin } from '../users/identity.ts'
import type { MethodName } from './request-auth.ts'

/** The identity of a user whose credential is not a token: it holds no claims to apply. */
export function identityOf(subject: string): Identity {
  return { subject, fields: {}, issuedAt: new Date(0) }
}

/** Without a token there are no claims but the subject. */
export function originOf(method: MethodName, { subject }: Identity, { id: requestId, log }: FastifyRequest): Origin {
  const claims = Object.freeze({ iss: method, sub: subject, aud: [], iat: 0, exp: 0 })
  return { method, claims, requestId, log }
}
