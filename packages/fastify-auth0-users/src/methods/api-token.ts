import type { Credential } from '../credentials/credential.ts'
import type { TokenFormat } from '../credentials/secret.ts'
import { Auth0UsersError } from '../errors.ts'
import type { CredentialAuth } from './credential-auth.ts'
import type { AuthenticationMethod } from './method.ts'

/** `Authorization: Token <token>`: API tokens. A text that cannot be one is refused without a look at the database. */
export function createApiTokenMethod(format: TokenFormat, credentials: CredentialAuth): AuthenticationMethod {
  return {
    name: 'token',
    authenticate(request, authorization) {
      if (authorization?.scheme !== 'token') return null
      const hash = format.hashOf(authorization.credentials)
      if (hash === null) throw unknownApiToken()
      return credentials.authenticate(hash, request)
    },
  }
}

export function unknownApiToken(): Auth0UsersError {
  return new Auth0UsersError('A0U_API_TOKEN_INVALID')
}

/** The holder of the token learns why it no longer works. */
export function checkApiToken({ revoked, expiresAt }: Credential, now: number): void {
  if (revoked) throw new Auth0UsersError('A0U_API_TOKEN_REVOKED')
  if (expiresAt <= now) throw new Auth0UsersError('A0U_API_TOKEN_EXPIRED')
}
