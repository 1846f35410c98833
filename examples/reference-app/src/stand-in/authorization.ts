import type { Context } from './context.ts'
import { parseLoopbackUrl } from './loopback.ts'
import { OAuthError } from './oauth-error.ts'
import { type AuthorizationRequest, randomId, type Session } from './state.ts'

/** The query of `/authorize`. Every parameter is checked here, because each wrong one has its own answer. */
export interface AuthorizeQuery {
  readonly response_type?: string
  readonly response_mode?: string
  readonly client_id?: string
  readonly redirect_uri?: string
  readonly scope?: string
  readonly state?: string
  readonly nonce?: string
  readonly audience?: string
  readonly code_challenge?: string
  readonly code_challenge_method?: string
  readonly prompt?: string
  readonly connection?: string
  readonly screen_hint?: string
  readonly login_hint?: string
}

/** Where an answer of `/authorize` goes, errors included. */
export type Recipient = Pick<AuthorizationRequest, 'redirectUri' | 'responseMode' | 'state'>

/**
 * Client and redirect URI: while one of them is wrong the browser must not be sent anywhere
 * (RFC 6749 §4.1.2.1), so this throws before there is a recipient.
 */
export function checkRecipient(query: AuthorizeQuery, { settings }: Context): Recipient {
  const client = settings.clients.find(known => known.id === query.client_id)
  if (client === undefined) throw new OAuthError('invalid_client', 'This client_id is not known')
  if (query.redirect_uri === undefined || parseLoopbackUrl(query.redirect_uri) === undefined) {
    throw new OAuthError(
      'invalid_request',
      'The redirect_uri must be a URL on this machine (localhost, 127.0.0.1 or [::1])',
    )
  }
  const responseMode = query.response_mode === 'web_message' ? 'web_message' : 'query'
  return { redirectUri: query.redirect_uri, responseMode, ...(query.state === undefined ? {} : { state: query.state }) }
}

/** The rest of the request; errors in it are sent to the redirect URI. */
export function checkAuthorization(
  query: AuthorizeQuery,
  recipient: Recipient,
  { settings }: Context,
): AuthorizationRequest {
  const {
    client_id: clientId = '',
    scope = '',
    audience = settings.audience,
    nonce,
    code_challenge: codeChallenge = '',
  } = query
  if (query.response_type !== 'code') throw new OAuthError('unsupported_response_type', 'response_type must be code')
  if (query.response_mode !== undefined && query.response_mode !== recipient.responseMode) {
    throw new OAuthError('invalid_request', 'response_mode must be query or web_message')
  }
  // RFC 7636 §4.2: base64url of a SHA-256, 43 characters.
  if (query.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(codeChallenge)) {
    throw new OAuthError('invalid_request', 'PKCE is required: code_challenge with code_challenge_method S256')
  }
  if (audience !== settings.audience) throw new OAuthError('access_denied', `Service not found: ${audience}`)
  return { ...recipient, clientId, scope, audience, codeChallenge, ...(nonce === undefined ? {} : { nonce }) }
}

/** Makes a code for a person who is signed in; it may be used once, within 60 seconds. */
export function issueCode(request: AuthorizationRequest, session: Session, { state }: Context): string {
  const code = randomId()
  state.codes.set(code, { request, session, family: randomId(), used: false })
  return code
}

/** The redirect URI with the answer and the client's `state` in its query. */
export function answerUrl(recipient: Recipient, answer: Readonly<Record<string, string>>): string {
  const url = new URL(recipient.redirectUri)
  for (const [name, value] of Object.entries(withState(recipient, answer))) url.searchParams.set(name, value)
  return url.href
}

export function withState(
  recipient: Recipient,
  answer: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return recipient.state === undefined ? answer : { ...answer, state: recipient.state }
}
