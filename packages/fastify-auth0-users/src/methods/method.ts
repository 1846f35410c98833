import type { FastifyRequest } from 'fastify'
import type { Authorization } from '../wire/authorization.ts'
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
  /**
   * The same for a header that is known as it is, before it is taken apart; undefined for any other, which then goes
   * to `authenticate`.
   */
  recognise?(request: FastifyRequest, header: string): RequestAuth | undefined | Promise<RequestAuth>
}
