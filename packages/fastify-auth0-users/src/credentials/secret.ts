import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 256 bits in base 62. */
const randomLength = 43

/** 32 bits in base 62. */
const checksumLength = 6

/** The form of API tokens: a prefix that secret scanners look for, 256 random bits and a CRC-32, all in base 62. */
export interface TokenFormat {
  /** A new token. The text is to be shown once and never kept. */
  mint(): { readonly text: string; readonly hash: Buffer }
  /** What a token is looked up by; null for a text that no `mint` can have made. Untrusted. */
  hashOf(text: string): Buffer | null
}

/** @param prefix for instance `a0u_`. */
export function createTokenFormat(prefix: string): TokenFormat {
  const length = prefix.length + randomLength + checksumLength
  return {
    mint() {
      const body = prefix + base62(BigInt(`0x${randomBytes(32).toString('hex')}`), randomLength)
      const text = body + checksum(body)
      return { text, hash: sha256(text) }
    },
    hashOf(text) {
      if (text.length !== length || !text.startsWith(prefix)) return null
      const body = text.slice(0, -checksumLength)
      // The checksum is not a secret: it only spares the database a query for a text that was mistyped or made up.
      return checksum(body) === text.slice(-checksumLength) ? sha256(text) : null
    },
  }
}

/** 256 random bits for a cookie, 43 characters of base64url. */
export function newSessionSecret(): string {
  return randomBytes(32).toString('base64url')
}

const sessionSecret = /^[A-Za-z0-9_-]{43}$/

/** What a session is looked up by; null for a text that is not a session secret. Untrusted. */
export function sessionHash(secret: string): Buffer | null {
  return sessionSecret.test(secret) ? sha256(secret) : null
}

/** The token that a page must send along with the session's cookie; it follows from the cookie and does not reveal it. */
export function csrfTokenOf(secret: string): string {
  return sha256(`csrf.${secret}`).toString('base64url')
}

/** Compares two texts in a time that does not depend on where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(sha256(given), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), checksumLength)
}

function base62(value: bigint, length: number): string {
  let rest = value
  let text = ''
  for (let place = 0; place < length; place++) {
    text = (alphabet[Number(rest % 62n)] ?? '') + text
    rest /= 62n
  }
  return text
}
