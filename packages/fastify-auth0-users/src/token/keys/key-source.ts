import { type Ended, histogram, reported } from '../../telemetry/index.ts'
import type { FetchFailure } from '../types.ts'
import { failureOf, fetchJwks, statusOf } from './jwks-fetch.ts'

/** One fetch of a key set at a time, ended by a timeout or by `close()`. */
export interface KeySource {
  /** Rejects with a `JwksError`. */
  fetch(): Promise<readonly unknown[]>
  close(): void
}

const measureFetch = histogram('jwks.fetch.duration')

/** `timeout` in seconds; it covers connecting, the header, redirects and the whole body. */
export function createKeySource(url: string, timeout: number): KeySource {
  const closing = new AbortController()
  const { hostname: host } = new URL(url)

  async function fetchInTime(): Promise<readonly unknown[]> {
    const ending = new AbortController()
    const abort = (): void => ending.abort()
    const timer = setTimeout(abort, timeout * 1000).unref()
    closing.signal.addEventListener('abort', abort)
    if (closing.signal.aborted) abort()
    try {
      return await reported('jwks.fetch', { 'server.address': host }, report, () => fetchJwks(url, ending.signal))
    } finally {
      clearTimeout(timer)
      closing.signal.removeEventListener('abort', abort)
    }
  }

  return { fetch: fetchInTime, close: () => closing.abort() }
}

function report(end: Ended<unknown>, seconds: number): { 'http.response.status_code'?: number } {
  const failure: { 'error.type'?: FetchFailure } = 'error' in end ? { 'error.type': failureOf(end.error) } : {}
  measureFetch(seconds, failure)
  const status = 'error' in end ? statusOf(end.error) : 200
  return status === undefined ? {} : { 'http.response.status_code': status }
}
