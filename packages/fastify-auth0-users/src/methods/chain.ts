import type { FastifyRequest } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import { authorizationHeader, parseAuthorization } from '../wire/authorization.ts'
import type { AuthenticationMethod } from './method.ts'
import type { MethodName, RequestAuth } from './request-auth.ts'

/** All methods of this installation, asked in order. */
export interface Chain {
  /**
   * Who is asking, or null where no credentials came. Throws or rejects with the refusal of the
   * method that the credentials belong to, and with `A0U_METHOD_NOT_ACCEPTED` when they belong to none.
   */
  authenticate(request: FastifyRequest): RequestAuth | null | Promise<RequestAuth | null>
  /** The methods that are switched on. */
  readonly names: readonly MethodName[]
}

export function createChain(methods: readonly AuthenticationMethod[]): Chain {
  const recognising = methods.find(({ recognise }) => recognise !== undefined)
  return {
    names: methods.map(({ name }) => name),
    authenticate(request) {
      const header = authorizationHeader(request.raw.rawHeaders)
      const known = header === undefined ? undefined : recognising?.recognise?.(request, header)
      if (known !== undefined) return known
      const authorization = header === undefined ? undefined : parseAuthorization(header)
      for (const method of methods) {
        const answer = method.authenticate(request, authorization)
        if (answer !== null) return answer
      }
      if (authorization !== undefined) throw new Auth0UsersError('A0U_METHOD_NOT_ACCEPTED')
      return null
    },
  }
}
