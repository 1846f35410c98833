import { isObject, own } from '../../lib/json.ts'
import type { FetchFailure } from '../types.ts'
import { maxKeys } from './jwk.ts'

/** Its `code` says why a key set could not be had. Logged with its cause, never sent to a client. */
export class JwksError extends Error {
  readonly code: FetchFailure
  /** Of the response, where it was not 200. */
  readonly status: number | undefined

  constructor(code: FetchFailure, details: ErrorOptions & { readonly status?: number } = {}) {
    super(`the key set cannot be used: ${code}`, details)
    this.code = code
    this.status = details.status
  }
}

const maxBytes = 1_048_576
const maxRedirects = 3
/** Those that name another address. 304 would, without a condition of ours, be a fault of the server. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Why a load failed. Other errors than `JwksError` come from keys that no verifier could be made for. */
export function failureOf(error: unknown): FetchFailure {
  return error instanceof JwksError ? error.code : 'keys'
}

/** The HTTP status that a fetch failed with. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof JwksError ? error.status : undefined
}

/**
 * Fetches a key set (RFC 7517 §5) once and resolves to its entries, unchecked. `signal` ends it at any
 * point, body included. Rejects with a `JwksError`: over 1 MiB, more than 100 keys, a redirect to
 * another origin, a status other than 200, or anything but a JSON object with a `keys` array.
 */
export async function fetchJwks(url: string, signal: AbortSignal): Promise<readonly unknown[]> {
  try {
    return readKeys(await readBody(await request(new URL(url), signal)))
  } catch (error) {
    if (signal.aborted) throw new JwksError('aborted')
    throw error instanceof JwksError ? error : new JwksError('network', { cause: error })
  }
}

/** The `keys` of a JSON document, which is UTF-8 (RFC 8259 §8.1). */
function readKeys(body: Uint8Array): readonly unknown[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new JwksError('json')
  }
  const keys = isObject(value) ? own(value, 'keys') : undefined
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new JwksError('shape')
  return keys
}

async function request(start: URL, signal: AbortSignal): Promise<Response> {
  let url = start
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url.href, { redirect: 'manual', signal, headers: { accept: 'application/json' } })
    const { status } = response
    if (status === 200) return response
    await response.body?.cancel()
    if (!redirectStatuses.has(status)) throw new JwksError('status', { status, cause: new Error(`status ${status}`) })
    const target = redirectTarget(response, url)
    if (target === null || redirects === maxRedirects) throw new JwksError('redirect', { status })
    url = target
  }
}

/** Null for none of this origin: another one must not name the keys. */
function redirectTarget({ headers }: Response, from: URL): URL | null {
  const location = headers.get('location')
  if (location === null || !URL.canParse(location, from.href)) return null
  const target = new URL(location, from)
  return target.origin === from.origin ? target : null
}

/** Reads a body while counting, so that an endless one costs no memory. */
async function readBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw new JwksError('size')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
