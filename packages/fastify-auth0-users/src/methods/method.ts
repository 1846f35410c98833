import type { FastifyRequest } from 'fastify'
import type { Authorization } from '../token/bearer.ts'
import type { MethodName, RequestAuth } from './request-auth.ts'

/**
 * One way to sign in. Three-valued: `null` = not mine, a `RequestAuth` = yes, a throw = stop here.
 * Answers at once where it can, with a promise otherwise.
 */
export interface AuthenticationMethod {
  readonly name: MethodName
  /** @param authorization the request's one `Authorization` header, or undefined. */
  authenticate(
    request: FastifyRequest,
    authorization: Authorization | undefined,
  ): RequestAuth | null | Promise<RequestAuth | null>
}
