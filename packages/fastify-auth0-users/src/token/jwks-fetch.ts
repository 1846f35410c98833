import { isJsonObject, own } from './compact.ts'
import { maxKeys } from './jwk.ts'
import type { FetchFailure } from './types.ts'

/** An error whose `code` says why a key set could not be had. Never sent to a client. */
export interface JwksError extends Error {
  readonly code: FetchFailure
  /** Of the answer, where it was not 200. */
  readonly status?: number
}

const maxBytes = 1_048_576
const maxRedirects = 3

/** An error with a reason of our own; the cause is logged. */
export function jwksError(code: FetchFailure, cause?: unknown): JwksError {
  return Object.assign(new Error(`the key set cannot be used: ${code}`, cause === undefined ? {} : { cause }), { code })
}

/** The reason of a failure that `fetchJwks` or the key store raised. */
export function failureOf(error: unknown): FetchFailure {
  return error instanceof Error && 'code' in error && isFailure(error.code) ? error.code : 'network'
}

/**
 * Fetches a key set (RFC 7517 §5) once and answers its entries, unchecked. `signal` ends it at any
 * point, body included. Rejects with a `JwksError`: over 1 MiB, more than 100 keys, a redirect to
 * another origin, a status other than 200, or anything but a JSON object with a `keys` array.
 */
export async function fetchJwks(url: string, signal: AbortSignal): Promise<readonly unknown[]> {
  try {
    return readKeys(await readText(await request(new URL(url), signal)))
  } catch (error) {
    if (signal.aborted) throw jwksError('aborted')
    throw error instanceof Error && 'code' in error && isFailure(error.code) ? error : jwksError('network', error)
  }
}

/** The HTTP status that a fetch failed with. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined
}

/** The `keys` of a JSON text; throws a `JwksError`. */
export function readKeys(text: string): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw jwksError('json')
  }
  const keys = isJsonObject(value) ? own(value, 'keys') : undefined
  if (!Array.isArray(keys) || keys.length > maxKeys) throw jwksError('shape')
  return keys
}

async function request(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await fetch(url.href, { redirect: 'manual', signal, headers: { accept: 'application/json' } })
    if (response.status === 200) return response
    await response.body?.cancel()
    if (response.status < 300 || response.status > 399)
      throw Object.assign(jwksError('status', new Error(`status ${response.status}`)), { status: response.status })
    url = redirectTarget(response, url)
  }
  throw jwksError('redirect')
}

/** A redirect to another origin would let that origin name the keys. */
function redirectTarget(response: Response, from: URL): URL {
  const location = response.headers.get('location')
  const target = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : null
  if (target === null || target.origin !== from.origin) throw jwksError('redirect')
  return target
}

/** Reads a body while counting, so that an endless one costs no memory. */
async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw jwksError('size')
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
}

const failures: ReadonlySet<unknown> = new Set<FetchFailure>([
  'aborted',
  'network',
  'redirect',
  'status',
  'size',
  'json',
  'shape',
  'keys',
])

function isFailure(code: unknown): code is FetchFailure {
  return failures.has(code)
}
