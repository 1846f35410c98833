import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Auth0UsersOptions } from './options.ts'

/**
 * Reads the variables that the Django system used: `AUTH_DOMAIN`, `AUTH_AUDIENCE` and `TEST_JWT_KEY`
 * (HS256 for tests). An empty variable counts as not set. With `NODE_ENV=production` the first two
 * are required and the third is refused.
 *
 * @throws Auth0UsersError `A0U_OPTIONS_INVALID`.
 */
export function optionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): Pick<Auth0UsersOptions, 'domain' | 'audience' | 'test'> {
  const domain = env['AUTH_DOMAIN'] || undefined
  const audience = env['AUTH_AUDIENCE'] || undefined
  const secret = env['TEST_JWT_KEY'] || undefined
  if (env['NODE_ENV'] === 'production') {
    const faults: Fault[] = []
    if (domain === undefined) faults.push({ field: 'AUTH_DOMAIN', message: 'is required in production' })
    if (audience === undefined) faults.push({ field: 'AUTH_AUDIENCE', message: 'is required in production' })
    if (secret !== undefined) faults.push({ field: 'TEST_JWT_KEY', message: 'is refused in production' })
    if (faults.length > 0) throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
  }
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(audience === undefined ? {} : { audience }),
    ...(secret === undefined ? {} : { test: { secret } }),
  }
}
