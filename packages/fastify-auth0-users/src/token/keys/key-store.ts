import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import buildGetJwks from 'get-jwks'
import { createSignatureVerifier, type VerifySignature } from '../jwt.ts'
import { maxKeys, type SigningJwk, usableKeys } from './jwk.ts'
import { JwksError } from './jwks-fetch.ts'

/** One key that verifies tokens. Cached tokens point at it, so ending it ends them without a search. */
export interface VerificationKey {
  readonly verify: VerifySignature
  /** Milliseconds since the epoch until which the key is used without a fetch; 0 once it left the set. */
  trustedUntil: number
  /** Milliseconds since the epoch from which its set should be fetched again in the background. */
  refreshAt: number
  /** Starts that fetch unless one is under way; never throws, never waits. */
  readonly refresh: () => void
}

/** The keys of one issuer. */
export interface KeyStore {
  readonly size: number
  get(kid: string): VerificationKey | undefined
  /** Puts a new set in place of the old one. Rejects, changing nothing, when no key of it is usable. */
  replace(entries: readonly unknown[]): Promise<void>
  /** Sets how long all keys are trusted and when they are due; both in milliseconds since the epoch. */
  schedule(trustedUntil: number, refreshAt: number): void
}

export interface KeyStoreOptions {
  readonly issuer: string
  readonly newScope: () => FastifyInstance
  readonly log: FastifyBaseLogger
  readonly refresh: () => void
}

interface StoredKey {
  readonly jwk: SigningJwk
  readonly key: VerificationKey
}

/** Keeps a verifier for each usable key of a set; a key that stays keeps its verifier and its cached tokens. */
export function createKeyStore({ issuer, newScope, log, refresh }: KeyStoreOptions): KeyStore {
  const toPem = createPemResolver(issuer)
  let stored: ReadonlyMap<string, StoredKey> = new Map()

  async function build(jwk: SigningJwk): Promise<StoredKey> {
    const known = stored.get(jwk.kid)
    if (known !== undefined && known.jwk.n === jwk.n && known.jwk.e === jwk.e) return known
    const verify = await createSignatureVerifier(newScope, { algorithm: 'RS256', pem: await toPem(jwk) })
    return { jwk, key: { verify, trustedUntil: 0, refreshAt: 0, refresh } }
  }

  async function replace(entries: readonly unknown[]): Promise<void> {
    const { keys, conflicts, refused } = usableKeys(entries)
    if (conflicts.length > 0)
      log.warn({ event: 'keys.conflict', issuer, conflicts }, 'two different signing keys share an id; neither is used')
    if (refused > 0)
      log.debug({ event: 'keys.ignored', issuer, refused }, 'the key set holds entries that are no usable signing keys')
    // Auth0 always publishes a key: a set without one is a fault there, not a revocation of everything.
    if (keys.size === 0) throw new JwksError('keys')
    const next = new Map<string, StoredKey>()
    for (const [kid, jwk] of keys) next.set(kid, await build(jwk))
    for (const [kid, { key }] of stored) if (next.get(kid)?.key !== key) key.trustedUntil = 0
    tellChange(next)
    stored = next
  }

  function tellChange(next: ReadonlyMap<string, StoredKey>): void {
    const added = [...next.keys()].filter(kid => !stored.has(kid)).length
    const removed = [...stored.keys()].filter(kid => !next.has(kid)).length
    if (stored.size === 0 || added + removed === 0) return
    log.info({ event: 'keys.changed', issuer, added, removed }, 'the set of signing keys changed')
  }

  function schedule(trustedUntil: number, refreshAt: number): void {
    for (const { key } of stored.values()) Object.assign(key, { trustedUntil, refreshAt })
  }

  return {
    get size() {
      return stored.size
    },
    get: kid => stored.get(kid)?.key,
    replace,
    schedule,
  }
}

/**
 * get-jwks turns a JWK into a PEM. Its cache is primed with the key first, so that it never fetches
 * by itself: its own fetch has no working timeout, no size limit and asks once for each key.
 */
function createPemResolver(domain: string): (jwk: SigningJwk) => Promise<string> {
  const getJwks = buildGetJwks({ max: maxKeys })
  return async jwk => {
    const { alg, kid } = jwk
    getJwks.cache.set(getJwks.generateCacheKey(alg, kid, domain), { ...jwk, domain })
    return await getJwks.getPublicKey({ domain, alg, kid })
  }
}
