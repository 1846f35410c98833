import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createExpiringStore, type ExpiringStore } from './expiring-store.ts'
import type { Person } from './people.ts'
import { bounds, lifetimes } from './settings.ts'
import type { Grant } from './tokens.ts'

/** A checked request at `/authorize`, waiting for the person. */
export interface AuthorizationRequest extends Grant {
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly responseMode: 'query' | 'web_message'
  readonly state?: string
  readonly nonce?: string
}

/** Someone signed in, in one browser. */
export interface Session {
  readonly id: string
  readonly person: Person
  /** The applications that got tokens for it; they are notified when it ends. */
  readonly clientIds: Set<string>
}

export interface IssuedCode {
  readonly request: AuthorizationRequest
  readonly session: Session
  /** The refresh token family of this code, ended when the code is used twice (RFC 6749 §4.1.2). */
  readonly family: string
  used: boolean
}

export interface RefreshGrant extends Grant {
  readonly person: Person
  /** Of the session that it began in. */
  readonly sid: string
  /** SHA-256 of the one token of the family that may still be used. */
  readonly digest: Buffer
}

/** Everything that is forgotten at a restart. */
export interface State {
  readonly transactions: ExpiringStore<AuthorizationRequest>
  readonly codes: ExpiringStore<IssuedCode>
  readonly sessions: ExpiringStore<Session>
  readonly refreshGrants: ExpiringStore<RefreshGrant>
}

export function createState(now: () => number): State {
  return {
    transactions: createExpiringStore({ max: bounds.transactions, ttl: lifetimes.transaction, now }),
    codes: createExpiringStore({ max: bounds.codes, ttl: lifetimes.code, now }),
    sessions: createExpiringStore({ max: bounds.sessions, ttl: lifetimes.session, now }),
    refreshGrants: createExpiringStore({ max: bounds.refreshTokens, ttl: lifetimes.refreshToken, now }),
  }
}

/** 256 random bits. */
export function randomId(): string {
  return randomBytes(32).toString('base64url')
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Compares in constant time, whatever the lengths are. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b))
}
