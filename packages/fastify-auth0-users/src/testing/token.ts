import { createHmac, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '../lib/clock.ts'

/** Claims of a token; `undefined` takes a default one away. */
export type Claims = Readonly<Record<string, unknown>>

/** What may be wrong with a token. Everything left out is as it should be. */
export interface TokenFaults {
  /** Header parameters over the defaults (`alg`, `typ`, `kid`); `undefined` removes one. */
  readonly header?: Readonly<Record<string, unknown>>
  /** The whole header as text or bytes, JSON or not; `header` is then ignored. */
  readonly rawHeader?: string | Uint8Array
  /** The whole payload as text or bytes, JSON or not; the claims are then ignored. */
  readonly rawPayload?: string | Uint8Array
  /**
   * What signs it:
   * - `'current-key'` (default): the key that was rotated in last;
   * - `'other-key'`: a key that is never published, under the current key's `kid`;
   * - `{ kid }`: an earlier key of this issuer, retired or not;
   * - `'public-key-as-secret'`: HMAC with SHA-256 over the current public key in PEM (algorithm confusion);
   * - `{ secret }`: HMAC with SHA-256;
   * - `'nothing'`: an empty signature;
   * - a function from the signing input to the signature.
   */
  readonly signWith?: SignWith
  /** Changes the finished segments (base64url), e.g. to pad, repeat or cut them. */
  readonly segments?: (header: string, payload: string, signature: string) => readonly string[]
}

/** What signs a token of the local issuer. */
export type SignWith =
  | 'current-key'
  | 'other-key'
  | 'public-key-as-secret'
  | 'nothing'
  | { readonly kid: string }
  | { readonly secret: string }
  | Signer

/** Answers the signature over the ASCII signing input `header.payload` (RFC 7515 §5.1). */
export type Signer = (input: Buffer) => Uint8Array | Promise<Uint8Array>

/** The parts of a token before it is put together. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Claims
  readonly signer: Signer
}

/** Puts a compact JWS (RFC 7515 §7.1) together, with its faults. */
export async function compactToken({ header, claims, signer }: TokenParts, faults: TokenFaults): Promise<string> {
  const first = encode(faults.rawHeader ?? JSON.stringify({ ...header, ...faults.header }))
  const second = encode(faults.rawPayload ?? JSON.stringify(claims))
  const signature = await signer(Buffer.from(`${first}.${second}`, 'ascii'))
  return joinSegments(faults, first, second, encode(signature))
}

function joinSegments({ segments }: TokenFaults, header: string, payload: string, signature: string): string {
  return (segments?.(header, payload, signature) ?? [header, payload, signature]).join('.')
}

/** RS256. */
export function rsaSigner(key: KeyObject): Signer {
  return input => promisify(sign)('RSA-SHA256', input, key)
}

/** HS256. */
export function hmacSigner(secret: string | Uint8Array): Signer {
  return input => hmac(secret, input)
}

export const emptySigner: Signer = () => new Uint8Array()

/** What every access token of the local issuer holds if nothing else is said; times in seconds. */
export function defaultClaims(claims: Claims, now: number): Claims {
  const iat = Math.floor(now / 1000)
  const sub = 'sub' in claims ? claims['sub'] : defaultSubject
  return { sub, iat, exp: iat + 3600, ...(typeof sub === 'string' && person(sub)), ...claims }
}

const defaultSubject = 'auth0|local-user'

/** An email address of its own for each subject, so that two of them are two people. */
function person(sub: string): Claims {
  const name = sub.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 64)
  return { email: `${name}@example.test`, email_verified: true, given_name: 'Local', family_name: 'User' }
}

/** Options of `testToken`. */
export interface TestTokenOptions extends Pick<TokenFaults, 'header'> {
  /** Milliseconds since the epoch [`Date.now`]. */
  readonly now?: Clock
}

/**
 * An HS256 access token for a plugin registered with `test: { secret }`. `iss` and `aud` must be
 * what that plugin expects; `sub`, `email`, `iat` and `exp` (one hour) have defaults.
 *
 * ```ts
 * const token = testToken(secret, { iss: 'https://tenant.eu.auth0.com/', aud: 'https://api.example.test' })
 * ```
 */
export function testToken(
  secret: string,
  claims: Claims & { readonly iss: unknown; readonly aud: unknown },
  { now = Date.now, header = {} }: TestTokenOptions = {},
): string {
  const first = encode(JSON.stringify({ alg: 'HS256', typ: 'JWT', ...header }))
  const second = encode(JSON.stringify(defaultClaims(claims, now())))
  return `${first}.${second}.${encode(hmac(secret, Buffer.from(`${first}.${second}`, 'ascii')))}`
}

function hmac(secret: string | Uint8Array, input: Buffer): Buffer {
  return createHmac('sha256', secret).update(input).digest()
}

function encode(part: string | Uint8Array): string {
  return Buffer.from(part as Uint8Array).toString('base64url')
}
