import type { Clock } from '../lib/clock.ts'
import { type IssuerKeys, issuerKeys, type Rotation } from './issuer-keys.ts'
import { startKeyServer } from './key-server.ts'
import { keyMaker, type LocalKey } from './keys.ts'
import { type Outage, redirectPrefix } from './outages.ts'
import { type Claims, compactToken, defaultClaims, type TokenFaults } from './token.ts'

/** How `startLocalIssuer` makes its issuer. */
export interface LocalIssuerOptions {
  /** The `aud` of its tokens [`https://api.example.test`]. */
  readonly audience?: string | readonly string[]
  /** Milliseconds since the epoch, for `iat` and `exp` [`Date.now`]. */
  readonly now?: Clock
  /**
   * Share RSA pairs between the issuers of this process, to save CPU [false]. Leave it off where
   * a test needs the key of one issuer to be refused by another.
   */
  readonly reuseKeys?: boolean
}

/** An issuer of access tokens on loopback, in place of an Auth0 tenant. */
export interface LocalIssuer {
  /** As in the `iss` claim, e.g. `http://127.0.0.1:43210/`. */
  readonly issuer: string
  /** The plugin's option `domain`, e.g. `http://127.0.0.1:43210`. */
  readonly domain: string
  /** The plugin's option `audience`. */
  readonly audience: string | readonly string[]
  /** How often the key set was asked for (not counting refused connections). */
  readonly fetches: number
  /** How often `/.well-known/openid-configuration` was asked for. */
  readonly discoveries: number
  /** How often the redirect of the outage `redirect` was followed. */
  readonly redirectsFollowed: number
  /** The key that signs now. */
  readonly key: LocalKey
  /** A signed access token (RS256) of a person, valid for an hour, with any claim and any fault. */
  token(claims?: Claims, faults?: TokenFaults): Promise<string>
  /** One as the client credentials grant gives it: `sub` ends in `@clients`, no email. */
  machineToken(claims?: Claims, faults?: TokenFaults): Promise<string>
  /** Signs with a new key from now on; earlier ones stay published by default. */
  rotate(rotation?: Rotation): Promise<LocalKey>
  /** Takes a key out of the published set; it can still sign. */
  retire(kid: string): void
  /** Puts a key of this issuer into the published set. */
  publish(kid: string): void
  /** The published set, unless `serve` replaced it. */
  keySet(): { readonly keys: readonly object[] }
  /** Serves this as the key set instead, an object or raw text; null goes back to the own one. */
  serve(keySet: unknown): void
  /** Makes the key server fail until the next call; `'none'` ends it. */
  outage(kind: Outage): Promise<void>
  /** Sends each response of the key server so many milliseconds later. */
  delay(milliseconds: number): void
  /** Delays the responses of the key server until the function it returns is called. */
  hold(): () => void
  /** Ends the server and its connections. Can be called twice. */
  close(): Promise<void>
}

const keySetPath = '/.well-known/jwks.json'
const discoveryPath = '/.well-known/openid-configuration'

/**
 * Starts an issuer on a free port of 127.0.0.1. It needs no test runner:
 *
 * ```ts
 * import { startLocalIssuer } from 'fastify-auth0-users/testing'
 *
 * const issuer = await startLocalIssuer()
 * await app.register(auth0Users, { domain: issuer.domain, audience: issuer.audience, db })
 *
 * const authorization = `Bearer ${await issuer.token({ sub: 'auth0|ada', email: 'ada@example.test' })}`
 * const response = await app.inject({ url: '/reports', headers: { authorization } })
 *
 * await issuer.outage('status-500') // the key server fails; known keys go on working
 * await issuer.close()
 * ```
 */
export async function startLocalIssuer(options: LocalIssuerOptions = {}): Promise<LocalIssuer> {
  const { audience = 'https://api.example.test', now = Date.now, reuseKeys = false } = options
  const keys = await issuerKeys(keyMaker(reuseKeys))
  const served: Served = { instead: null }
  const server = await startKeyServer((path, port) => document(path, origin(port), keys, served))
  const domain = origin(server.port)
  const basic = { iss: `${domain}/`, aud: audience }
  const mint = (claims: Claims, faults: TokenFaults): Promise<string> =>
    mintToken(keys, { ...basic, ...defaultClaims(claims, now()) }, faults)
  return {
    issuer: basic.iss,
    domain,
    audience,
    get fetches() {
      return server.count(keySetPath)
    },
    get discoveries() {
      return server.count(discoveryPath)
    },
    get redirectsFollowed() {
      return server.count(redirectPrefix + keySetPath) + server.count(redirectPrefix + discoveryPath)
    },
    get key() {
      return keys.current()
    },
    token: (claims = {}, faults = {}) => mint(claims, faults),
    machineToken: (claims = {}, faults = {}) => mint({ ...machineClaims, ...claims }, faults),
    rotate: keys.rotate,
    retire: keys.retire,
    publish: keys.publish,
    keySet: keys.keySet,
    serve(keySet) {
      served.instead = keySet
    },
    outage: server.outage,
    delay: server.delay,
    hold: server.hold,
    close: server.close,
  }
}

interface Served {
  instead: unknown
}

/** What Auth0 puts into a token of the client credentials grant. */
const machineClaims: Claims = {
  sub: 'local-client@clients',
  azp: 'local-client',
  gty: 'client-credentials',
  email: undefined,
  email_verified: undefined,
  given_name: undefined,
  family_name: undefined,
}

async function mintToken(keys: IssuerKeys, claims: Claims, faults: TokenFaults): Promise<string> {
  const { header, signer } = await keys.signing(faults.signWith ?? 'current-key')
  return compactToken({ header, claims, signer }, faults)
}

function origin(port: number): string {
  return `http://127.0.0.1:${port}`
}

function document(path: string, domain: string, keys: IssuerKeys, { instead }: Served): unknown {
  if (path === keySetPath) return instead ?? keys.keySet()
  if (path === discoveryPath) return discovery(domain)
  return undefined
}

/** OpenID Connect Discovery 1.0 §3: the members that matter here. */
function discovery(domain: string): object {
  return {
    issuer: `${domain}/`,
    jwks_uri: domain + keySetPath,
    authorization_endpoint: `${domain}/authorize`,
    token_endpoint: `${domain}/oauth/token`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}
