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
  accessToken(person: Person, grant: Grant): Promise<string>
  /** OpenID Connect Core §2; `sid` names the sign-in session. */
  idToken(person: Person, grant: Grant, extra: { readonly nonce?: string; readonly sid?: string }): Promise<string>
  machineToken(client: Client, grant: Grant): Promise<string>
  /** The claims of one of our own access tokens that is good for `/userinfo`; throws `invalid_token`. */
  verify(token: string): Promise<JWTPayload>
}

export function createTokens(settings: Settings, keys: SigningKeys): Tokens {
  const seconds = (): number => Math.floor(settings.now() / 1000)
  const userinfo = (): string => `${settings.issuer()}userinfo`

  const sign = (claims: JWTPayload, lifetime: number): Promise<string> => {
    const { kid, privateKey } = keys.current()
    return new SignJWT({ iss: settings.issuer(), ...claims, iat: seconds(), exp: seconds() + lifetime })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
      .sign(privateKey)
  }

  return {
    accessToken: (person, { clientId, audience, scope }) => {
      // Auth0 adds /userinfo to the audience when `openid` was asked for.
      const aud = hasScope(scope, 'openid') ? [audience, userinfo()] : audience
      const claims = personClaims(person)
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
    verify: async token => {
      try {
        const currentDate = new Date(settings.now())
        const options = { issuer: settings.issuer(), audience: userinfo(), algorithms: ['RS256'], currentDate }
        return (await jwtVerify(token, createLocalJWKSet(keys.publicSet()), options)).payload
      } catch {
        // Which check failed is no business of a stranger.
        throw new OAuthError('invalid_token', 'The access token is not valid here', 401)
      }
    },
  }
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
