import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import type { JsonObject } from '../lib/json.ts'

/** The claims of an access token whose signature and rules were checked (RFC 7519, RFC 9068). Deep-frozen. */
export interface VerifiedClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  /** Seconds since the epoch. */
  readonly exp: number
  /** Seconds since the epoch. */
  readonly iat: number
  readonly [claim: string]: unknown
}

/**
 * An access token that was verified. The same object is returned for the same token for as long
 * as it stays cached, so the layer above can keep what it derives from the token in `slot`.
 */
export interface VerifiedToken<Slot> {
  readonly claims: VerifiedClaims
  /** RFC 9449: thumbprint of the key that the token is bound to; null for a plain bearer token. */
  readonly jkt: string | null
  slot: Slot | undefined
}

/** One accepted issuer; a tenant with custom domains has several. */
export interface Issuer {
  /** Normalised: lower-case host, one trailing slash, as Auth0 writes `iss`. */
  readonly issuer: string
  /** Any one of them must be in the token's `aud`. */
  readonly audience: readonly string[]
}

/** Durations in seconds. */
export interface JwksOptions {
  /** How long a fetched key set is used without asking again. @default 3600 */
  readonly ttl: number
  /** The share of `ttl` after which it is fetched again in the background. @default 0.8 */
  readonly refreshAhead: number
  /** The least time between two fetches caused by unknown `kid`s. @default 30 */
  readonly cooldown: number
  /** How long one fetch may take, body included. @default 5 */
  readonly timeout: number
  /** How long after `ttl` a set that cannot be renewed is still used. @default 86400 */
  readonly maxStale: number
}

/** A store in the manner of `@fastify/caching` (abstract-cache), callback style; `ttl` in milliseconds. */
export interface SharedCache {
  get(key: { id: string; segment: string }, done: (error: unknown, value: unknown) => void): void
  set(key: { id: string; segment: string }, value: unknown, ttl: number, done: (error: unknown) => void): void
}

/** A store that processes share key sets through. */
export interface SharedKeyStore {
  readonly store: SharedCache
  /** Signs its entries; null: nothing is read from the store. */
  readonly secret: string | null
}

export type TokenType = 'any' | 'at+jwt'
export type DpopMode = 'off' | 'accept' | 'require'

/** What `createTokens` needs; resolved and checked by `options.ts`. */
export interface TokenOptions {
  readonly issuers: readonly Issuer[]
  /** HS256 with this shared secret instead of RS256; no key is fetched. Tests only. */
  readonly test: { readonly secret: string } | null
  readonly jwks: JwksOptions
  /** The second level for key sets; null for none. */
  readonly sharedCache: SharedKeyStore | null
  /** Leeway in seconds for `exp`, `nbf` and `iat`. @default 5 */
  readonly clockTolerance: number
  readonly tokenType: TokenType
  readonly dpop: DpopMode
  /** How many verified tokens are kept [10 000]. */
  readonly cacheSize: number
  /** Makes an empty Fastify instance; @fastify/jwt is registered in one for each key. */
  readonly newScope: () => FastifyInstance
  readonly log: FastifyBaseLogger
  /** Milliseconds since the epoch; replaced in tests. */
  readonly now: Clock
}

/** Why a fetch of a key set failed; the only thing that is counted and logged of it. */
export type FetchFailure = 'aborted' | 'network' | 'redirect' | 'status' | 'size' | 'json' | 'shape' | 'keys'

/** How one issuer's keys stand, for `health()`. */
export interface KeySetHealth {
  readonly issuer: string
  /** How many keys are usable. */
  readonly keys: number
  /** Where the set came from; `none` before the first one. */
  readonly source: 'none' | 'fetched' | 'shared' | 'secret'
  /** Seconds since it was fetched; null before the first one. */
  readonly age: number | null
  /** Whether tokens can be verified at this moment without a fetch. */
  readonly usable: boolean
  /** Seconds until it is fetched anew, in the background; null where no fetch is planned. */
  readonly nextRefresh: number | null
  /** Why the last fetch failed; null where it did not. */
  readonly lastFailure: FetchFailure | null
}

/** The module's service. */
export interface Tokens<Slot> {
  /** A token that was verified before and may still be used; undefined says nothing about any other. */
  known(raw: string): VerifiedToken<Slot> | undefined
  /**
   * Verifies an access token. Answers at once for one that was verified before and wherever the key is
   * known, with a promise otherwise: take it with `instanceof Promise` rather than always awaiting.
   * Throws (or rejects with) `Auth0UsersError`: `A0U_TOKEN_*` 401, `A0U_KEYS_UNAVAILABLE` 503.
   */
  verify(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>>
  /**
   * Checks another kind of token of the configured issuers: its form, its header (`typ` is one of `types`, in lower case
   * and without `application/`, or absent), its issuer and its signature. All other claims are the caller's to
   * check. Rejects as `verify` does.
   */
  verifySignature(raw: string, types: readonly string[]): Promise<JsonObject>
  health(): KeySetHealth[]
  /** The same, after loading the key sets that a request would have to wait for. Never rejects. */
  check(): Promise<KeySetHealth[]>
  /** How many verified tokens are kept. */
  readonly size: number
  /** Cancels timers and fetches under way. */
  close(): void
}
