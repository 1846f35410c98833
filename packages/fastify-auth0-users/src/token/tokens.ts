import { Auth0UsersError } from '../errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { observe } from '../telemetry/index.ts'
import { checkClaims, refuseIssuer, statedIssuer } from './claims-rules.ts'
import { decodeObject, splitCompact } from './compact.ts'
import { createHeaderReader, type HeaderReader, type HeaderRules } from './header.ts'
import { createKeySet, type KeySet } from './keys/key-set.ts'
import type { VerificationKey } from './keys/key-store.ts'
import { createSecretKeys } from './keys/secret-keys.ts'
import { createTokenCache } from './token-cache.ts'
import { createTurnBudget } from './turn-budget.ts'
import type { Issuer, TokenOptions, Tokens, VerifiedToken } from './types.ts'
import { reportedVerification } from './verification-report.ts'

interface TrustedIssuer {
  readonly issuer: Issuer
  readonly keys: KeySet
}

interface Stated {
  readonly stated: TrustedIssuer
  readonly key: VerificationKey | Promise<VerificationKey>
}

/** Signature checks of one turn of the event loop: what a known person waits for in a flood of forged tokens. */
const checksPerTurn = 8

/**
 * Verifies access tokens. A token seen before is served from the cache. Any other is taken apart and
 * its header checked, its `iss` picks one of the configured issuers, the issuer's key set finds the
 * key, @fastify/jwt checks the signature, and only then do the claims count.
 */
export function createTokens<Slot>(options: TokenOptions): Tokens<Slot> {
  const { now, clockTolerance, dpop } = options
  const headerRules: HeaderRules = { algorithm: options.test ? 'HS256' : 'RS256', tokenType: options.tokenType }
  const readAccessHeader = createHeaderReader(headerRules)
  const trusted = new Map(options.issuers.map(issuer => [issuer.issuer, { issuer, keys: keysOf(issuer, options) }]))
  const cache = createTokenCache<Slot>(options.cacheSize)
  const checks = createTurnBudget(checksPerTurn)
  let hits = 0
  let misses = 0

  function known(raw: string): VerifiedToken<Slot> | undefined {
    const time = now()
    const hit = cache.find(raw, time)
    if (hit === undefined) return undefined
    hits++
    if (time >= hit.key.refreshAt) hit.key.refresh()
    return hit.token
  }

  function verify(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>> {
    const token = known(raw)
    if (token !== undefined) return token
    misses++
    return reportedVerification(() => verifyNew(raw))
  }

  /** The issuer and the key that a token names; neither counts before its signature. */
  function readStated(raw: string, readHeader: HeaderReader): Stated {
    const segments = splitCompact(raw)
    const kid = readHeader(segments.header)
    const stated = trusted.get(statedIssuer(decodeObject(segments.payload)))
    if (stated === undefined) throw refuseIssuer(options.issuers)
    return { stated, key: stated.keys.lookup(kid ?? '') }
  }

  function verifyNew(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>> {
    const { stated, key } = readStated(raw, readAccessHeader)
    const check = (found: VerificationKey) => checks.spend(() => verifyOnce(raw, stated, found))
    return key instanceof Promise ? key.then(check) : check(key)
  }

  /** Of many requests that waited with one token, for its key or their turn, the first does the work. */
  function verifyOnce(raw: string, stated: TrustedIssuer, key: VerificationKey): VerifiedToken<Slot> {
    return cache.find(raw, now())?.token ?? verifyWith(raw, stated, key)
  }

  function verifyWith(raw: string, { issuer }: TrustedIssuer, key: VerificationKey): VerifiedToken<Slot> {
    const rules = { issuer, clockTolerance, dpop }
    const { claims, jkt, validUntil } = checkClaims(payloadOf(raw, key), rules, now())
    const token: VerifiedToken<Slot> = { claims, jkt, slot: undefined }
    cache.store({ raw, token, validUntil, key })
    return token
  }

  async function verifySignature(raw: string, types: readonly string[]): Promise<JsonObject> {
    const key = await readStated(raw, createHeaderReader({ ...headerRules, tokenType: types })).key
    return await checks.spend(() => payloadOf(raw, key))
  }

  const unobserve = observe({
    'token_cache.lookups': () => [
      [hits, { outcome: 'hit' }],
      [misses, { outcome: 'miss' }],
    ],
    'token_cache.evictions': () => [[cache.evicted]],
    'token_cache.entries': () => [[cache.size]],
  })

  function close(): void {
    unobserve()
    for (const { keys } of trusted.values()) keys.close()
    cache.clear()
  }

  const sets = [...trusted.values()].map(({ keys }) => keys)
  return {
    known,
    verify,
    verifySignature,
    health: () => sets.map(keys => keys.health()),
    check: async () => await Promise.all(sets.map(keys => keys.check())),
    get size() {
      return cache.size
    },
    close,
  }
}

/** The verified payload. While a token waited for its turn, its key may have left the set. */
function payloadOf(raw: string, key: VerificationKey): JsonObject {
  if (key.trustedUntil === 0) throw new Auth0UsersError('A0U_TOKEN_KEY_UNKNOWN')
  return key.verify(raw)
}

function keysOf({ issuer }: Issuer, options: TokenOptions): KeySet {
  if (options.test !== null) return createSecretKeys(issuer, options.test.secret, options.newScope)
  return createKeySet(issuer, options)
}
