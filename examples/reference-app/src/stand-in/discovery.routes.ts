import type { FastifyInstance } from 'fastify'
import type { Context } from './context.ts'

/** OpenID Connect Discovery 1.0 §4 and RFC 7517 §5. */
export function discoveryRoutes(app: FastifyInstance, { settings, keys }: Context): void {
  app.get('/.well-known/openid-configuration', () => {
    const issuer = settings.issuer()
    return {
      issuer,
      authorization_endpoint: `${issuer}authorize`,
      token_endpoint: `${issuer}oauth/token`,
      userinfo_endpoint: `${issuer}userinfo`,
      jwks_uri: `${issuer}.well-known/jwks.json`,
      end_session_endpoint: `${issuer}v2/logout`,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'web_message'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_post'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      claims_supported: ['sub', 'email', 'email_verified', 'name', 'given_name', 'family_name'],
    }
  })

  app.get('/.well-known/jwks.json', (_request, reply) =>
    reply.header('cache-control', 'public, max-age=15').send(keys.publicSet()),
  )
}
