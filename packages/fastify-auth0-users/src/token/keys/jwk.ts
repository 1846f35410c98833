import { isObject, type JsonObject, own } from '../../lib/json.ts'
import { isCanonicalBase64url } from '../compact.ts'
import { isKeyId } from '../header.ts'

/** A public key that may verify access tokens: exactly these members, checked (RFC 7517, RFC 7518 §6.3). */
export interface SigningJwk {
  readonly kty: 'RSA'
  readonly alg: 'RS256'
  readonly kid: string
  readonly n: string
  readonly e: string
}

/** What is usable of a key set, and the ids that two different keys claim. */
export interface UsableKeys {
  readonly keys: ReadonlyMap<string, SigningJwk>
  /** None of the keys behind these ids is used: picking one would be a guess. */
  readonly conflicts: readonly string[]
  /** How many entries are no usable signing keys. */
  readonly refused: number
}

/** A set with more entries is refused as a whole. */
export const maxKeys = 100

/** 2048 bits. */
const minModulus = 2n ** 2047n
/** 8192 bits; larger ones cost milliseconds a verification. */
const maxModulusBytes = 1024
const maxModulus = 2n ** 8192n - 1n
const minExponent = 65_537n
const maxExponentBytes = 8

/** Picks the usable signing keys of a fetched (or stored) set. */
export function usableKeys(entries: readonly unknown[]): UsableKeys {
  const keys = new Map<string, SigningJwk>()
  const conflicts = new Set<string>()
  let refused = 0
  for (const entry of entries) {
    const key = readSigningKey(entry)
    if (key === null) {
      refused++
      continue
    }
    const known = keys.get(key.kid)
    if (known !== undefined && (known.n !== key.n || known.e !== key.e)) conflicts.add(key.kid)
    keys.set(key.kid, key)
  }
  for (const kid of conflicts) keys.delete(kid)
  return { keys, conflicts: [...conflicts], refused }
}

function readSigningKey(entry: unknown): SigningJwk | null {
  if (!isObject(entry) || !isForVerifying(entry)) return null
  const { kid, n, e } = { kid: own(entry, 'kid'), n: own(entry, 'n'), e: own(entry, 'e') }
  if (!isKeyId(kid) || !isModulus(n) || !isExponent(e)) return null
  return { kty: 'RSA', alg: 'RS256', kid, n, e }
}

/** RFC 7517 §4.2-4.4. A private part means that anybody could sign with it. */
function isForVerifying(entry: JsonObject): boolean {
  if (own(entry, 'kty') !== 'RSA' || Object.hasOwn(entry, 'd')) return false
  const operations = own(entry, 'key_ops')
  return (
    isAbsentOr(entry, 'use', 'sig') &&
    isAbsentOr(entry, 'alg', 'RS256') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify')))
  )
}

function isAbsentOr(entry: JsonObject, name: string, value: string): boolean {
  return !Object.hasOwn(entry, name) || entry[name] === value
}

function isModulus(n: unknown): n is string {
  // One leading zero byte is tolerated, as some servers send it.
  const modulus = readInteger(n, maxModulusBytes + 1)
  return modulus >= minModulus && modulus <= maxModulus && isOdd(modulus) && !isFactorable(modulus)
}

/** Small primes, each with the remainders that powers of 65537 leave. */
const powerRemainders = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157].map(prime => {
  const remainders = new Set<number>()
  for (let power = 1; !remainders.has(power); power = (power * 65_537) % prime) remainders.add(power)
  return { prime: BigInt(prime), remainders }
})

/** The mark of keys from a faulty chip, whose private half can be computed (ROCA, CVE-2017-15361). */
function isFactorable(modulus: bigint): boolean {
  return powerRemainders.every(({ prime, remainders }) => remainders.has(Number(modulus % prime)))
}

function isExponent(e: unknown): e is string {
  const exponent = readInteger(e, maxExponentBytes)
  return exponent >= minExponent && isOdd(exponent)
}

/** Base64urlUInt (RFC 7518 §2); 0, which is below every limit, for anything else. */
function readInteger(value: unknown, maxBytes: number): bigint {
  if (typeof value !== 'string' || value.length > Math.ceil((maxBytes * 4) / 3)) return 0n
  return isCanonicalBase64url(value) ? BigInt(`0x${Buffer.from(value, 'base64url').toString('hex')}`) : 0n
}

function isOdd(integer: bigint): boolean {
  return integer % 2n === 1n
}
