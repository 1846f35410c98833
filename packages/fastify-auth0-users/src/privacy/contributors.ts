import type { HostTrx } from '../db/handle.ts'
import { isUnavailable } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { isClientError } from '../lib/http-status.ts'

type Contributor<Args extends unknown[]> = (trx: HostTrx, userId: string, ...args: Args) => unknown

/**
 * Runs one contributor of the host. An unreachable database stays what it is, an error that
 * announces a status below 500 is the host's response, anything else becomes `A0U_HOOK_FAILED`.
 */
export async function runContributor<Args extends unknown[]>(
  contributor: Contributor<Args>,
  trx: HostTrx,
  userId: string,
  ...args: Args
): Promise<unknown> {
  try {
    return await contributor(trx, userId, ...args)
  } catch (error) {
    throw asContributorError(error)
  }
}

/** The same for an error that came while the result of a contributor was read. */
export function asContributorError(error: unknown): unknown {
  if (isUnavailable(error) || isClientError(error)) return error
  return new Auth0UsersError('A0U_HOOK_FAILED', { cause: error })
}
