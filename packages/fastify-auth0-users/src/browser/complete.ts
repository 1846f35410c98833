import { failed, page } from './page.ts'
import { takePending } from './pending.ts'
import type { CompleteOptions, PendingData, RegistrationResult, SendFailure } from './types.ts'

/**
 * Saves the data that were kept for this sign-in as the person's profile, and deletes them once the
 * server has them. A 5xx response, a lost connection or 10 seconds without a response is tried again
 * twice, after 1 to 2 and 2 to 4 seconds. Never throws; after `failed` and `expired` the person can
 * finish the profile later.
 */
export async function completeRegistration(options: CompleteOptions): Promise<RegistrationResult> {
  const pending = await takePending(options)
  if (pending.status !== 'taken') return pending
  for (let attempt = 0; ; attempt++) {
    const result = await put(pending.data, attempt, options)
    const saved = result.status === 'saved'
    if (saved || result.reason === 'rejected' || attempt > 1) {
      pending.done(saved)
      return result
    }
  }
}

type Sent = { readonly status: 'saved' } | SendFailure

async function put(
  data: PendingData,
  attempt: number,
  { token, fetch = page.fetch, url = '/api/v1/accounts/users/profile/', wait = sleep }: CompleteOptions,
): Promise<Sent> {
  try {
    // At random, so that pages do not all come back at once after an outage.
    if (attempt) await wait(attempt * (1 + Math.random()))
    const response = await fetch(url, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(data),
      signal: AbortSignal.timeout(10_000),
    })
    const httpStatus = response.status
    return response.ok
      ? { status: 'saved' }
      : {
          ...failed(httpStatus < 500 ? 'rejected' : 'server'),
          httpStatus,
          message: await response.json().then(messageOf, () => ''),
        }
  } catch {
    return failed('network')
  }
}

/** The response of a proxy may be anything. */
const messageOf = (body: unknown): string => `${(body as { message?: unknown } | null)?.message ?? ''}`

const sleep = (seconds: number): Promise<unknown> => new Promise(resolve => setTimeout(resolve, seconds * 1000))
