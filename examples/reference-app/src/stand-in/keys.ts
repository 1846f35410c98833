import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose'

export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

export interface SigningKeys {
  /** The key that signs new tokens. */
  current(): SigningKey
  /** What `/.well-known/jwks.json` returns: the current public key and the retired ones. */
  publicSet(): JSONWebKeySet
  /**
   * Makes a new key the current one. The one before it stays published, so that its tokens go on
   * being accepted, unless `revoke` is set: then every token signed so far is void.
   */
  rotate(options?: { readonly revoke?: boolean }): Promise<void>
}

/** What the key file holds: a private key, and the public keys that came before it, newest first. */
interface StoredKeys {
  readonly current: JWK
  readonly retired: readonly JWK[]
}

/** Retired keys that stay published. */
const retiredKept = 2

/**
 * Opens the signing keys kept in `file` (mode 0600), making them on the first start, so that
 * tokens survive a restart. Without a file the keys live as long as the process.
 * Throws an error that names the file when it cannot be read or holds something else.
 */
export async function openSigningKeys(file?: string): Promise<SigningKeys> {
  const found = file === undefined ? undefined : await readKeys(file)
  let stored = found ?? { current: await newPrivateJwk(), retired: [] }
  if (file !== undefined && found === undefined) await writeKeys(file, stored)
  let current = await toSigningKey(stored.current)

  return {
    current: () => current,
    publicSet: () => ({ keys: [toPublicJwk(stored.current), ...stored.retired] }),
    rotate: async ({ revoke = false } = {}) => {
      const retired = revoke ? [] : [toPublicJwk(stored.current), ...stored.retired].slice(0, retiredKept)
      const next = { current: await newPrivateJwk(), retired }
      if (file !== undefined) await writeKeys(file, next)
      current = await toSigningKey(next.current)
      stored = next
    },
  }
}

async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' }
}

async function toSigningKey(jwk: JWK): Promise<SigningKey> {
  const privateKey = await importJWK(jwk, 'RS256')
  if (jwk.kid === undefined || privateKey instanceof Uint8Array) throw new TypeError('not an RSA key with a kid')
  return { kid: jwk.kid, privateKey }
}

/** Only what is public is named, so a private member can never slip through. */
function toPublicJwk({ kty, n, e, kid }: JWK): JWK {
  if (kty === undefined || n === undefined || e === undefined || kid === undefined)
    throw new TypeError('not an RSA key')
  return { kty, n, e, kid, alg: 'RS256', use: 'sig' }
}

async function readKeys(file: string): Promise<StoredKeys | undefined> {
  try {
    const stored: StoredKeys = JSON.parse(await readFile(file, 'utf8'))
    await toSigningKey(stored.current)
    return { current: stored.current, retired: stored.retired.map(toPublicJwk) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`The signing key in ${file} cannot be read. Delete the file to have a new one made.`, {
      cause: error,
    })
  }
}

async function writeKeys(file: string, keys: StoredKeys): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.tmp`
  await writeFile(draft, `${JSON.stringify(keys)}\n`, { mode: 0o600 })
  await rename(draft, file)
}
