import { counter, withSpan } from '../telemetry.ts'
import { fetchJwks } from './jwks-fetch.ts'

/** One fetch of a key set at a time, ended by a timeout or by `close()`. */
export interface KeySource {
  /** Rejects with a `JwksError`. */
  fetch(): Promise<readonly unknown[]>
  close(): void
}

const countFetch = counter('jwks.fetches', 'Fetches of key sets')

/** `timeout` in seconds; it covers connecting, the header, redirects and the whole body. */
export function createKeySource(url: string, timeout: number): KeySource {
  const closing = new AbortController()

  async function fetchInTime(): Promise<readonly unknown[]> {
    const ending = new AbortController()
    const abort = (): void => ending.abort()
    const timer = setTimeout(abort, timeout * 1000).unref()
    closing.signal.addEventListener('abort', abort)
    if (closing.signal.aborted) abort()
    countFetch()
    try {
      return await withSpan('jwks.fetch', {}, () => fetchJwks(url, ending.signal))
    } finally {
      clearTimeout(timer)
      closing.signal.removeEventListener('abort', abort)
    }
  }

  return { fetch: fetchInTime, close: () => closing.abort() }
}
