import type { Fault } from '../errors.ts'

/** The routes for staff. */
export interface AdminOptions {
  /** What they start with [`/api/v1/accounts/admin`]. */
  readonly prefix?: string
}

export interface ResolvedAdminOptions {
  /** Without a final slash. */
  readonly prefix: string
}

const defaultPrefix = '/api/v1/accounts/admin'

/** Completes the option `admin`; `false` stays, for no routes. */
export function resolveAdminOptions(
  given: AdminOptions | false | undefined,
  faults: Fault[],
): ResolvedAdminOptions | false {
  if (given === undefined || given === false) return false
  const { prefix = defaultPrefix } = given
  if (!/^(\/[A-Za-z0-9._~-]+)+\/?$/.test(prefix)) {
    faults.push({ field: 'admin.prefix', message: 'must be a path such as /api/v1/accounts/admin' })
  }
  return { prefix: prefix.replace(/\/$/, '') }
}
