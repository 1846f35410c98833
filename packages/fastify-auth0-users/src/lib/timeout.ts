import { setTimeout } from 'node:timers/promises'

/** The result, or `timeout` where there is none after so many seconds. The work itself is not ended. */
export async function within<T>(seconds: number, answer: Promise<T>): Promise<T | 'timeout'> {
  const ended = new AbortController()
  const late = setTimeout(seconds * 1000, 'timeout' as const, { ref: false, signal: ended.signal })
  late.catch(() => undefined) // it is aborted where the result came first
  try {
    return await Promise.race([answer, late])
  } finally {
    ended.abort()
  }
}
