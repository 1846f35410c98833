import type { FastifyInstance } from 'fastify'
import { createSignatureVerifier } from '../jwt.ts'
import type { KeySetHealth } from '../types.ts'
import type { KeySet } from './key-set.ts'
import type { VerificationKey } from './key-store.ts'

/** The test mode's stand-in for a key set: one shared secret, no network, never due. */
export function createSecretKeys(issuer: string, secret: string, newScope: () => FastifyInstance): KeySet {
  let key: VerificationKey | undefined
  let making: Promise<VerificationKey> | undefined

  async function make(): Promise<VerificationKey> {
    const verify = await createSignatureVerifier(newScope, { algorithm: 'HS256', secret })
    key = {
      verify,
      trustedUntil: Number.POSITIVE_INFINITY,
      refreshAt: Number.POSITIVE_INFINITY,
      refresh: () => undefined,
    }
    return key
  }

  function lookup(): VerificationKey | Promise<VerificationKey> {
    if (key !== undefined) return key
    making ??= make()
    return making
  }

  const health = (): KeySetHealth => ({
    ...{ issuer, keys: 1, source: 'secret', age: null, usable: true, nextRefresh: null, lastFailure: null },
  })

  return {
    lookup,
    health,
    check: async () => health(),
    close: () => undefined,
  }
}
