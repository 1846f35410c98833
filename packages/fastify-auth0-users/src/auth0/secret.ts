import { createHash, timingSafeEqual } from 'node:crypto'
import { Auth0UsersError } from '../errors.ts'
import { authorizationHeader } from '../wire/authorization.ts'

/**
 * Makes the check of `Authorization: Bearer <secret>` in Node's `rawHeaders`. It compares digests of equal length with every
 * secret, so that how long it takes tells neither how much of one was right nor which it was.
 *
 * @throws (the check) Auth0UsersError `A0U_EVENT_CREDENTIALS`.
 */
export function createSecretCheck(secrets: readonly string[]): (rawHeaders: readonly string[]) => void {
  const accepted = secrets.map(digest)
  return rawHeaders => {
    const sent = digest(bearerOf(rawHeaders) ?? '')
    let matches = 0
    for (const secret of accepted) matches += Number(timingSafeEqual(secret, sent))
    if (matches > 0) return
    const error = new Auth0UsersError('A0U_EVENT_CREDENTIALS')
    error.headers['www-authenticate'] = 'Bearer'
    throw error
  }
}

/** Undefined for none, for several, and for another scheme. */
function bearerOf(rawHeaders: readonly string[]): string | undefined {
  try {
    return /^bearer +(\S+)$/i.exec(authorizationHeader(rawHeaders) ?? '')?.[1]
  } catch (error) {
    if (error instanceof Auth0UsersError) return undefined
    throw error
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
