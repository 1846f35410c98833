import { isObject } from '../lib/json.ts'

/** Why a call gave nothing; the only thing of it that is counted and logged. */
export type UserinfoFailure =
  | 'timeout'
  | 'network'
  | 'limited'
  | 'unavailable'
  | 'refused'
  | 'redirect'
  | 'size'
  | 'json'
  | 'subject'
  | 'mapping'

/** An error whose `code` says why a call gave nothing. Never sent to a client; it holds no part of the response. */
export interface UserinfoError extends Error {
  readonly code: UserinfoFailure
  /** The response's Retry-After (RFC 9110 §10.2.3), unchecked. */
  readonly retryAfter: string | null
}

const maxBytes = 65_536

export function userinfoError(code: UserinfoFailure, retryAfter: string | null = null): UserinfoError {
  return Object.assign(new Error(`/userinfo gave no usable response: ${code}`), { code, retryAfter })
}

export function isUserinfoError(error: unknown): error is UserinfoError {
  return error instanceof Error && 'retryAfter' in error
}

/**
 * Asks `/userinfo` (OpenID Connect Core §5.3) once and resolves to its JSON object, unchecked. `signal` ends the call at
 * any point, body included. No redirect is followed: it would show the token to the server that it names.
 * Rejects with a `UserinfoError`.
 */
export async function fetchUserinfo(
  url: string,
  accessToken: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` }
    const response = await fetch(url, { redirect: 'manual', signal, headers })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw userinfoError(failureOfStatus(response.status), response.headers.get('retry-after'))
    }
    return readObject(await readBody(response))
  } catch (error) {
    if (isUserinfoError(error)) throw error
    // The cause is left out: an error of the client might quote what was sent.
    throw userinfoError(signal.aborted ? 'timeout' : 'network')
  }
}

function failureOfStatus(status: number): UserinfoFailure {
  if (status === 429) return 'limited'
  if (status >= 500) return 'unavailable'
  return status >= 300 && status < 400 ? 'redirect' : 'refused'
}

/** Reads a body while counting, so that an endless one costs no memory. */
async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw userinfoError('size')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function readObject(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw userinfoError('json')
  }
  if (!isObject(value)) throw userinfoError('json')
  return value
}
