import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { SigningKeys } from './keys.ts'
import { OAuthError } from './oauth-error.ts'
import { fullName, type Person } from './people.ts'
import { type Client, lifetimes, type Settings } from './settings.ts'

export interface Grant {
  readonly clientId: string
  readonly audience: string
  /** Scopes separated by spaces, as requested. */
  readonly scope: string
}

export interface Tokens {
  /** RFC 9068 in the form that Auth0 gives it; `sid`, as an Action would copy it, names the sign-in session. */
  accessToken(person: Person, grant: Grant, extra?: { readonly sid?: string }): Promise<string>
  /** OpenID Connect Core §2; `sid` names the sign-in session. */
  idToken(person: Person, grant: Grant, extra: { readonly nonce?: string; readonly sid?: string }): Promise<string>
  machineToken(client: Client, grant: Grant): Promise<string>
  /** OpenID Connect Back-Channel Logout 1.0 §2.4: the token that reports the end of a session. */
  logoutToken(clientId: string, session: { readonly sub: string; readonly sid: string }): Promise<string>
  /** The claims of one of our own access tokens that is good for `/userinfo`; throws `invalid_token`. */
  verify(token: string): Promise<JWTPayload>
}

type Sign = (claims: JWTPayload, lifetime: number, typ?: string) => Promise<string>

/** Signs with the key of the moment; the lifetime in seconds. */
const createSigner = (settings: Settings, keys: SigningKeys): Sign => {
  return (claims, lifetime, typ = 'JWT') => {
    const { kid, privateKey } = keys.current()
    const now = Math.floor(settings.now() / 1000)
    return new SignJWT({ iss: settings.issuer(), ...claims, iat: now, exp: now + lifetime })
      .setProtectedHeader({ alg: 'RS256', typ, kid })
      .sign(privateKey)
  }
}

export function createTokens(settings: Settings, keys: SigningKeys): Tokens {
  const userinfo = (): string => `${settings.issuer()}userinfo`
  const sign = createSigner(settings, keys)
  return {
    accessToken: (person, { clientId, audience, scope }, extra = {}) => {
      // Auth0 adds /userinfo to the audience when `openid` was asked for.
      const aud = hasScope(scope, 'openid') ? [audience, userinfo()] : audience
      const claims = { ...personClaims(person), ...extra }
      const custom = namespaced(settings.claimNamespace, claims)
      return sign({ sub: person.sub, aud, azp: clientId, scope, ...claims, ...custom }, lifetimes.accessToken)
    },
    idToken: (person, { clientId }, extra) => {
      const claims = { ...personClaims(person), name: fullName(person) }
      return sign({ sub: person.sub, aud: clientId, ...claims, ...extra }, lifetimes.idToken)
    },
    machineToken: (client, { audience, scope }) => {
      const claims = { sub: `${client.id}@clients`, aud: audience, azp: client.id, gty: 'client-credentials' }
      return sign(scope === '' ? claims : { ...claims, scope }, lifetimes.accessToken)
    },
    logoutToken: (clientId, { sub, sid }) =>
      sign({ ...logoutClaims(), aud: clientId, sub, sid }, lifetimes.logoutToken, 'logout+jwt'),
    verify: async token => {
      try {
        const currentDate = new Date(settings.now())
        const options = { issuer: settings.issuer(), audience: userinfo(), algorithms: ['RS256'], currentDate }
        return (await jwtVerify(token, createLocalJWKSet(keys.publicSet()), options)).payload
      } catch {
        // A stranger does not learn which check failed.
        throw new OAuthError('invalid_token', 'The access token is not valid here', 401)
      }
    },
  }
}

/** OpenID Connect Back-Channel Logout 1.0 §2.4: what makes a token a logout token, each of them another one. */
function logoutClaims(): JWTPayload {
  return { jti: randomUUID(), events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }
}

export function hasScope(scope: string, wanted: string): boolean {
  return scope.split(' ').includes(wanted)
}

/** The claims about a person, under the names of OpenID Connect Core §5.1. */
function personClaims({ email, email_verified, given_name, family_name }: Person): JWTPayload {
  return {
    email,
    email_verified,
    ...(given_name === undefined ? {} : { given_name }),
    ...(family_name === undefined ? {} : { family_name }),
  }
}

/** The same claims as an Auth0 Action adds them to an access token, under names that start with a URL. */
function namespaced(namespace: string, claims: JWTPayload): JWTPayload {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [`${namespace}${name}`, value]))
}
