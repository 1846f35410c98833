import type { HostTrx } from '../db/handle.ts'
import { isUnavailable } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'

type Contributor = (trx: HostTrx, userId: string) => Promise<unknown>

/**
 * Runs one contributor of the host. An unreachable database stays what it is, an error that
 * announces a status below 500 is the host's answer, anything else becomes `A0U_HOOK_FAILED`.
 */
export async function runContributor(contributor: Contributor, trx: HostTrx, userId: string): Promise<unknown> {
  try {
    return await contributor(trx, userId)
  } catch (error) {
    if (isUnavailable(error) || isAnswer(error)) throw error
    throw new Auth0UsersError('A0U_HOOK_FAILED', { cause: error })
  }
}

function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
}
