import { type Static, Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from './context.ts'
import { OAuthError } from './oauth-error.ts'
import type { Person } from './people.ts'
import { type Client, lifetimes } from './settings.ts'
import { randomId, sameSecret, sha256 } from './state.ts'
import { type Grant, hasScope } from './tokens.ts'

const optional = Type.Optional(Type.String({ maxLength: 4096 }))
const TokenRequest = Type.Object({
  grant_type: Type.String(),
  client_id: optional,
  client_secret: optional,
  code: optional,
  code_verifier: optional,
  redirect_uri: optional,
  refresh_token: optional,
  audience: optional,
  scope: optional,
})
type TokenRequest = Static<typeof TokenRequest>

/** RFC 6749 §5.1. */
interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
  readonly scope?: string
  readonly id_token?: string
  readonly refresh_token?: string
}

type GrantHandler = (request: TokenRequest, client: Client, context: Context) => Promise<TokenResponse>

const grantTypes: Readonly<Record<string, GrantHandler>> = {
  authorization_code: redeemCode,
  refresh_token: refresh,
  client_credentials: machineGrant,
}

/** The token endpoint: RFC 6749 §3.2. Takes form data and, as Auth0 does, JSON. */
export function tokenRoutes(app: FastifyInstance, context: Context): void {
  app.post<{ Body: TokenRequest }>('/oauth/token', { schema: { body: TokenRequest } }, request => {
    const grant = Object.hasOwn(grantTypes, request.body.grant_type) ? grantTypes[request.body.grant_type] : undefined
    if (grant === undefined) throw new OAuthError('unsupported_grant_type', 'This grant_type is not supported')
    return grant(request.body, authenticateClient(request.body, context), context)
  })
}

/** RFC 6749 §2.3.1: a client with a secret must show it; one without has none to show. */
function authenticateClient(request: TokenRequest, { settings }: Context): Client {
  const client = settings.clients.find(known => known.id === request.client_id)
  if (client === undefined) throw new OAuthError('invalid_client', 'The client is not known', 401)
  if (client.secret !== undefined && !sameSecret(request.client_secret ?? '', client.secret)) {
    throw new OAuthError('invalid_client', 'The client secret is wrong or missing', 401)
  }
  return client
}

/** RFC 6749 §4.1.3 and RFC 7636 §4.6. A second use ends what the first one began (RFC 6749 §4.1.2). */
async function redeemCode(request: TokenRequest, client: Client, context: Context): Promise<TokenResponse> {
  const issued = context.state.codes.get(request.code ?? '')
  if (issued === undefined) throw new OAuthError('invalid_grant', 'The code is not valid, or has expired')
  if (issued.used) {
    context.state.refreshGrants.delete(issued.family)
    throw new OAuthError('invalid_grant', 'The code was used before')
  }
  issued.used = true
  const { request: authorization, session } = issued
  if (authorization.clientId !== client.id) throw new OAuthError('invalid_grant', 'The code belongs to another client')
  if (authorization.redirectUri !== request.redirect_uri) {
    throw new OAuthError('invalid_grant', 'The redirect_uri is not the one that the code was asked for with')
  }
  checkVerifier(request.code_verifier ?? '', authorization.codeChallenge)
  const { nonce } = authorization
  session.clientIds.add(client.id)
  const holder = { person: session.person, sid: session.id, ...(nonce === undefined ? {} : { nonce }) }
  return respond(holder, authorization, issued.family, context)
}

function checkVerifier(verifier: string, challenge: string): void {
  const wellFormed = /^[\w.~-]{43,128}$/.test(verifier)
  if (wellFormed && sha256(verifier).toString('base64url') === challenge) return
  throw new OAuthError('invalid_grant', 'The code_verifier does not match the code_challenge')
}

/** RFC 6749 §6 with rotation: each refresh token works once, and using one again ends its whole family (RFC 9700 §4.14.2). */
async function refresh(request: TokenRequest, client: Client, context: Context): Promise<TokenResponse> {
  const token = request.refresh_token ?? ''
  const family = token.split('.')[0] ?? ''
  const held = context.state.refreshGrants.take(family)
  const matches = held?.clientId === client.id && held.digest.equals(sha256(token))
  if (held === undefined || !matches)
    throw new OAuthError('invalid_grant', 'The refresh token is not valid, or was used before')
  return respond({ person: held.person, sid: held.sid }, held, family, context)
}

/** RFC 6749 §4.4: only for clients that can keep a secret. */
async function machineGrant(
  request: TokenRequest,
  client: Client,
  { settings, tokens }: Context,
): Promise<TokenResponse> {
  if (client.secret === undefined)
    throw new OAuthError('unauthorized_client', 'Only a client with a secret may do this', 403)
  const { audience = settings.audience, scope = '' } = request
  if (audience !== settings.audience) throw new OAuthError('access_denied', `Service not enabled: ${audience}`, 403)
  const accessToken = await tokens.machineToken(client, { clientId: client.id, audience, scope })
  return { access_token: accessToken, token_type: 'Bearer', expires_in: lifetimes.accessToken }
}

/** Whom tokens are for: a person, in one sign-in session. */
interface Holder {
  readonly person: Person
  readonly sid: string
  readonly nonce?: string
}

async function respond(
  { person, ...extra }: Holder,
  { clientId, audience, scope }: Grant,
  family: string,
  { tokens, state }: Context,
): Promise<TokenResponse> {
  const grant = { clientId, audience, scope }
  const { sid } = extra
  const answer: TokenResponse = {
    access_token: await tokens.accessToken(person, grant, { sid }),
    token_type: 'Bearer',
    expires_in: lifetimes.accessToken,
    scope,
  }
  const idToken = hasScope(scope, 'openid') ? { id_token: await tokens.idToken(person, grant, extra) } : {}
  if (!hasScope(scope, 'offline_access')) return { ...answer, ...idToken }
  const refreshToken = `${family}.${randomId()}`
  state.refreshGrants.set(family, { ...grant, person, sid, digest: sha256(refreshToken) })
  return { ...answer, ...idToken, refresh_token: refreshToken }
}
