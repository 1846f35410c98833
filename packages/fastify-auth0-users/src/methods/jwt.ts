import type { FastifyRequest } from 'fastify'
import { Auth0UsersError } from '../errors.ts'
import type { Dpop } from '../token/dpop/dpop.ts'
import type { DpopMode, Tokens, VerifiedToken } from '../token/types.ts'
import type { Admit, JwtSlot } from './admit.ts'
import type { AuthenticationMethod } from './method.ts'
import type { RequestAuth } from './request-auth.ts'

export interface JwtMethodOptions {
  readonly tokens: Tokens<JwtSlot>
  readonly admit: Admit
  readonly dpop: Dpop
  readonly dpopMode: DpopMode
}

/** How nearly all clients write it; other spellings of the scheme take the long way. */
const bearer = 'Bearer '

/** `Authorization: Bearer` (RFC 6750) and `DPoP` (RFC 9449): access tokens of Auth0. */
export function createJwtMethod({ tokens, admit, dpop, dpopMode }: JwtMethodOptions): AuthenticationMethod {
  async function prove(
    token: VerifiedToken<JwtSlot>,
    accessToken: string,
    request: FastifyRequest,
  ): Promise<RequestAuth> {
    const { jkt } = token
    if (jkt === null) throw new Auth0UsersError('A0U_DPOP_PROOF', { cause: new Error('the token is bound to no key') })
    const url = `${request.protocol}://${request.host}${request.originalUrl}`
    await dpop.check(proofs(request), { method: request.method, url, accessToken, jkt })
    return await admit(token, request, accessToken)
  }

  function admitPlain(
    token: VerifiedToken<JwtSlot>,
    accessToken: string,
    request: FastifyRequest,
  ): RequestAuth | Promise<RequestAuth> {
    if (token.jkt !== null && dpopMode !== 'off') throw new Auth0UsersError('A0U_TOKEN_BOUND')
    if (dpopMode === 'require') throw new Auth0UsersError('A0U_DPOP_REQUIRED')
    return admit(token, request, accessToken)
  }

  return {
    name: 'jwt',
    // Taking the header of a known token apart first, by a regular expression, cost 1 µs of 3.4.
    recognise(request, header) {
      if (!header.startsWith(bearer)) return undefined
      const credentials = header.slice(bearer.length)
      const token = tokens.known(credentials)
      return token === undefined ? undefined : admitPlain(token, credentials, request)
    },
    authenticate(request, authorization) {
      if (authorization === undefined) return null
      const { scheme, credentials } = authorization
      const proven = scheme === 'dpop' && dpopMode !== 'off'
      if (scheme !== 'bearer' && !proven) return null
      const token = tokens.verify(credentials)
      if (proven) return Promise.resolve(token).then(verified => prove(verified, credentials, request))
      return token instanceof Promise
        ? token.then(verified => admitPlain(verified, credentials, request))
        : admitPlain(token, credentials, request)
    },
  }
}

/** Every DPoP header of the request; Node would join several into one. */
function proofs({ raw: { rawHeaders } }: FastifyRequest): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'dpop')
}
