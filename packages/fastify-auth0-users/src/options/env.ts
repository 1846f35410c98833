import { Auth0UsersError, type Fault } from '../errors.ts'
import type { Auth0UsersOptions } from './options.ts'
import { isTestMode } from './test-mode.ts'

/**
 * Reads the variables that the Django system used: `AUTH_DOMAIN`, `AUTH_AUDIENCE` and `TEST_JWT_KEY`
 * (HS256 for tests). An empty variable counts as not set. With `NODE_ENV=production` the first two
 * are required. The third is refused where `NODE_ENV` is neither `test` nor `development`: here where it has another
 * value, and at registration where it is not set.
 *
 * @throws Auth0UsersError `A0U_OPTIONS_INVALID`.
 */
export function optionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): Pick<Auth0UsersOptions, 'domain' | 'audience' | 'test'> {
  const domain = env['AUTH_DOMAIN'] || undefined
  const audience = env['AUTH_AUDIENCE'] || undefined
  const secret = env['TEST_JWT_KEY'] || undefined
  const environment = env['NODE_ENV'] || undefined
  const faults: Fault[] = []
  if (environment === 'production') {
    if (domain === undefined) faults.push({ field: 'AUTH_DOMAIN', message: 'is required in production' })
    if (audience === undefined) faults.push({ field: 'AUTH_AUDIENCE', message: 'is required in production' })
  }
  if (secret !== undefined && environment !== undefined && !isTestMode(environment)) {
    faults.push({ field: 'TEST_JWT_KEY', message: 'is refused in production; NODE_ENV must be test or development' })
  }
  if (faults.length > 0) throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
  return {
    ...(domain === undefined ? {} : { domain }),
    ...(audience === undefined ? {} : { audience }),
    ...(secret === undefined ? {} : { test: { secret } }),
  }
}
