import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Claims, LocalIssuer, TokenFaults } from '#plugin/testing/index.js'
import { selfSigned } from './certificate.ts'
import { type Outcome, remember } from './expected.ts'

/** One token of an attacker (or of an honest client), and what must come of it. */
export interface TokenCase {
  readonly name: string
  /** Over the claims of a valid token; `undefined` takes one away. */
  readonly claims?: Claims | ((bench: Bench) => Claims)
  /** How the token is made; see the test kit. Everything left out is right, the signature included. */
  readonly faults?: TokenFaults | ((bench: Bench) => TokenFaults)
  /** Changes the JSON text of the header before it is signed. */
  readonly header?: (text: string) => string | Uint8Array
  /** Changes the JSON text of the payload before it is signed. */
  readonly payload?: (text: string) => string | Uint8Array
  /** Changes the finished token. */
  readonly finish?: (token: string) => string
  readonly expect: Outcome
}

/** Rows of a table that share an outcome. */
export type Row = Omit<TokenCase, 'expect'>

/** What an attacker has at hand. */
export interface Bench {
  readonly issuer: LocalIssuer
  /** Of the attacker's own RSA key. */
  readonly thief: {
    readonly privateKey: KeyObject
    readonly publicKey: KeyObject
    readonly jwk: object
    /** A certificate of that key, DER in base64. */
    readonly certificate: string
  }
  /** Where the attacker serves the public half of that key in every format. */
  readonly lure: string
}

export function makeBench(issuer: LocalIssuer, lure: string): Bench {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'thief', use: 'sig', alg: 'RS256' }
  return { issuer, lure, thief: { privateKey, publicKey, jwk, certificate: selfSigned(privateKey, publicKey) } }
}

let people = 0

/** A subject that no row belongs to yet: a token that is accepted by mistake shows in the database. */
export function freshPerson(): { sub: string; given_name: string } {
  people += 1
  return { sub: `auth0|case-${people}`, given_name: 'Localname' }
}

export async function craft(bench: Bench, given: TokenCase): Promise<string> {
  const { issuer } = bench
  const changes = typeof given.claims === 'function' ? given.claims(bench) : given.claims
  const faults = typeof given.faults === 'function' ? given.faults(bench) : given.faults
  const claims = { ...freshPerson(), ...changes }
  const raw = {
    ...(given.header && { rawHeader: given.header(await segmentOf(issuer, 0, claims, faults)) }),
    ...(given.payload && { rawPayload: given.payload(await segmentOf(issuer, 1, claims, faults)) }),
  }
  const token = await issuer.token(claims, { ...faults, ...raw })
  const finished = given.finish?.(token) ?? token
  remember(token)
  remember(finished)
  return finished
}

async function segmentOf(issuer: LocalIssuer, index: number, claims: Claims, faults?: TokenFaults): Promise<string> {
  const token = await issuer.token(claims, { ...faults, signWith: 'nothing' })
  return Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()
}
