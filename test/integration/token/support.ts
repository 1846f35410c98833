import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Test } from 'tap'
import type { Auth0UsersError } from '#plugin/errors.js'
import { createTokens } from '#plugin/token/tokens.js'
import type { SharedCache, SharedKeyStore, TokenOptions, Tokens, VerifiedToken } from '#plugin/token/types.js'

export const audience = 'https://api.example.com'

export interface TestKey {
  readonly kid: string
  readonly jwk: JWK
  readonly privateKey: CryptoKey
}

export async function makeKey(kid: string, modulusLength = 2048): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength, extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A key server on loopback that counts; `answer` replaces its behaviour. */
export interface KeyServer {
  readonly issuer: string
  fetches: number
  keys: readonly unknown[]
  answer: Answer | null
  stop(): Promise<void>
  start(): Promise<void>
}

export async function startKeyServer(t: Test, keys: readonly TestKey[]): Promise<KeyServer> {
  let port = 0
  const listener: Answer = (request, response) => {
    if (request.url === '/.well-known/jwks.json') server.fetches++
    if (server.answer !== null) return server.answer(request, response)
    sendJson(response, { keys: server.keys })
  }
  let http = createServer(listener)
  const start = async (): Promise<void> => {
    http = createServer(listener)
    await new Promise<void>(resolve => http.listen(port, '127.0.0.1', resolve))
    port = (http.address() as AddressInfo).port
  }
  const stop = async (): Promise<void> => {
    http.closeAllConnections()
    await new Promise<void>(resolve => http.close(() => resolve()))
  }
  await start()
  const server: KeyServer = {
    issuer: `http://127.0.0.1:${port}/`,
    fetches: 0,
    keys: keys.map(({ jwk }) => jwk),
    answer: null,
    start,
    stop,
  }
  t.teardown(stop)
  return server
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

/** Starts at a whole second, in milliseconds; moved by hand. */
export interface Clock {
  now: () => number
  /** Seconds. */
  advance(seconds: number): void
}

export function makeClock(): Clock {
  let time = 1_800_000_000_000
  return {
    now: () => time,
    advance: seconds => {
      time += seconds * 1000
    },
  }
}

export interface Log {
  readonly log: FastifyBaseLogger
  readonly lines: string[]
}

export function makeLog(level = 'info'): Log {
  const lines: string[] = []
  const { log } = Fastify({ logger: { level, stream: { write: (line: string) => void lines.push(line) } } })
  return { log, lines }
}

/** The events of logged lines; null for a line without one. */
export function events(lines: readonly string[]): (string | null)[] {
  return lines.map(line => (JSON.parse(line) as { event?: string }).event ?? null)
}

/** Under which entries of shared caches are signed. */
export const cacheSecret = 'a secret of the shared cache, 32 bytes or more'

type Changes = Partial<Omit<TokenOptions, 'jwks' | 'sharedCache'>> & {
  jwks?: Partial<TokenOptions['jwks']>
  /** By itself: with `cacheSecret`. */
  sharedCache?: SharedCache | SharedKeyStore
}

export function makeTokens<Slot = unknown>(t: Test, issuer: string, clock: Clock, changes: Changes = {}): Tokens<Slot> {
  const { sharedCache: cache } = changes
  const sharedCache = cache === undefined ? null : 'store' in cache ? cache : { store: cache, secret: cacheSecret }
  const tokens = createTokens<Slot>({
    issuers: [{ issuer, audience: [audience] }],
    test: null,
    clockTolerance: 5,
    tokenType: 'any',
    dpop: 'accept',
    cacheSize: 10_000,
    newScope: () => Fastify(),
    log: makeLog().log,
    now: clock.now,
    ...changes,
    sharedCache,
    jwks: { ttl: 3600, refreshAhead: 0.8, cooldown: 30, timeout: 5, maxStale: 86_400, ...changes.jwks },
  })
  t.teardown(() => tokens.close())
  return tokens
}

export function claimsFor(issuer: string, clock: Clock): Record<string, unknown> {
  const seconds = clock.now() / 1000
  return { iss: issuer, aud: audience, sub: 'auth0|someone', iat: seconds, exp: seconds + 86_400 * 30 }
}

export async function sign(
  key: TestKey,
  claims: Record<string, unknown>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey)
}

/** The code that a verification was refused with, or `accepted`. */
export async function outcome(verify: () => VerifiedToken<unknown> | Promise<VerifiedToken<unknown>>): Promise<string> {
  try {
    await verify()
    return 'accepted'
  } catch (error) {
    return (error as Auth0UsersError).code ?? String(error)
  }
}

/** Comes back once the server answered requests of ours: a fetch that was started before has arrived by then. */
export async function settle(server: KeyServer): Promise<void> {
  for (let n = 0; n < 3; n++) await (await fetch(`${server.issuer}ping`)).text()
}

/** Lets background work that needs no clock come to its end; fails after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error('the condition did not come about')
    await new Promise(resolve => setImmediate(resolve))
  }
}
