import { Auth0UsersError } from '../errors.ts'
import { counter } from '../telemetry.ts'
import { checkClaims, refuseIssuer, statedIssuer } from './claims-rules.ts'
import { decodeObject, splitCompact } from './compact.ts'
import { type HeaderRules, readHeader } from './header.ts'
import { createKeySet, type KeySet } from './key-set.ts'
import type { VerificationKey } from './key-store.ts'
import { createSecretKeys } from './secret-keys.ts'
import { createTokenCache } from './token-cache.ts'
import type { Issuer, TokenOptions, Tokens, VerifiedToken } from './types.ts'

interface TrustedIssuer {
  readonly issuer: Issuer
  readonly keys: KeySet
}

const countVerification = counter('tokens.verified', 'Verifications of access tokens not answered from the cache')

/**
 * Verifies access tokens. A token seen before is answered from memory. Any other is taken apart and
 * its header checked, its `iss` picks one of the configured issuers, the issuer's key set finds the
 * key, @fastify/jwt checks the signature, and only then do the claims count.
 */
export function createTokens<Slot>(options: TokenOptions): Tokens<Slot> {
  const { now, clockTolerance, dpop } = options
  const headerRules: HeaderRules = { algorithm: options.test ? 'HS256' : 'RS256', tokenType: options.tokenType }
  const trusted = new Map(options.issuers.map(issuer => [issuer.issuer, { issuer, keys: keysOf(issuer, options) }]))
  const cache = createTokenCache<Slot>(options.cacheSize)

  function verify(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>> {
    const time = now()
    const hit = cache.find(raw, time)
    if (hit === undefined) return verifyCounted(raw)
    if (time >= hit.key.refreshAt) hit.key.refresh()
    return hit.token
  }

  function verifyCounted(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>> {
    try {
      const verified = verifyNew(raw)
      return verified instanceof Promise ? verified.catch(countAndRethrow) : verified
    } catch (error) {
      return countAndRethrow(error)
    }
  }

  function verifyNew(raw: string): VerifiedToken<Slot> | Promise<VerifiedToken<Slot>> {
    const segments = splitCompact(raw)
    const kid = readHeader(segments.header, headerRules)
    const stated = trusted.get(statedIssuer(decodeObject(segments.payload)))
    if (stated === undefined) throw refuseIssuer(options.issuers)
    const key = stated.keys.lookup(kid ?? '')
    return key instanceof Promise ? key.then(found => verifyOnce(raw, stated, found)) : verifyWith(raw, stated, key)
  }

  /** Of many requests that waited for one key with one token, the first does the work. */
  function verifyOnce(raw: string, stated: TrustedIssuer, key: VerificationKey): VerifiedToken<Slot> {
    return cache.find(raw, now())?.token ?? verifyWith(raw, stated, key)
  }

  function verifyWith(raw: string, { issuer }: TrustedIssuer, key: VerificationKey): VerifiedToken<Slot> {
    const rules = { issuer, clockTolerance, dpop }
    const { claims, jkt, validUntil } = checkClaims(key.verify(raw), rules, now())
    const token: VerifiedToken<Slot> = { claims, jkt, slot: undefined }
    cache.store({ raw, token, validUntil, key })
    countVerification({ outcome: 'verified' })
    return token
  }

  function close(): void {
    for (const { keys } of trusted.values()) keys.close()
    cache.clear()
  }

  return { verify, health: () => [...trusted.values()].map(({ keys }) => keys.health()), close }
}

function keysOf({ issuer }: Issuer, options: TokenOptions): KeySet {
  if (options.test !== null) return createSecretKeys(issuer, options.test.secret, options.newScope)
  return createKeySet(issuer, options)
}

function countAndRethrow(error: unknown): never {
  countVerification({ outcome: error instanceof Auth0UsersError ? error.code : 'error' })
  throw error
}
