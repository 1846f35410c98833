import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/** An RSA signing key of 2048 bits, as the local issuer holds it. */
export interface LocalKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public half as it is published (RFC 7517): `kty`, `n`, `e`, `kid`, `use: 'sig'`, `alg: 'RS256'`. */
  readonly jwk: LocalJwk
}

/** A public key as a key set publishes it (RFC 7517). */
export interface LocalJwk {
  readonly kty: string
  readonly n: string
  readonly e: string
  readonly kid: string
  readonly use: string
  readonly alg: string
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Makes the keys of one issuer; each with a new random `kid`. */
export type KeyMaker = () => Promise<LocalKey>

/**
 * `reuse`: the first key of every such issuer in this process is the same RSA pair (with another
 * `kid`), and so on; generating one takes about 100 ms of CPU.
 */
export function keyMaker(reuse: boolean): KeyMaker {
  let made = 0
  return async () => {
    const pair = reuse ? await pooledPair(made) : await newPair()
    made += 1
    return withKid(pair, randomBytes(16).toString('base64url'))
  }
}

const pool: Promise<KeyPair>[] = []
const poolSize = 8

function pooledPair(index: number): Promise<KeyPair> {
  if (index >= poolSize) return newPair()
  const pair = pool[index] ?? newPair()
  pool[index] = pair
  return pair
}

function newPair(): Promise<KeyPair> {
  return promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
}

function withKid({ privateKey, publicKey }: KeyPair, kid: string): LocalKey {
  const { kty = 'RSA', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  return { kid, privateKey, publicKey, jwk: { kty, n, e, kid, use: 'sig', alg: 'RS256' } }
}
