/** What a host may say about API tokens. */
export interface ApiTokenOptions {
  /** What tokens start with: 2 to 16 letters and digits and an underscore [`a0u_`]. */
  readonly prefix?: string
  /** How many tokens in force a person may have [50]. */
  readonly maxPerUser?: number
  /** Routes with which people manage their own tokens: where they are, or `true` [none; `/api/v1/accounts/tokens`]. */
  readonly routes?: boolean | string
}

/** What a host may say about sessions. Durations are seconds. */
export interface SessionOptions {
  /** How long a session lives without a request [1800]. */
  readonly idle?: number
  /** How long it lives at the longest [43200]. */
  readonly absolute?: number
  /** Only staff may have sessions [`true`]. */
  readonly staffOnly?: boolean
  /** Origins of pages on other hosts that may write with a session [none]. */
  readonly origins?: readonly string[]
  /** What the routes start with: `session/` and `sessions/` are below it [`/api/v1/accounts`]. */
  readonly prefix?: string
  /** A cookie without `Secure` and `__Host-`, for plain http on a loopback host. Refused in production [`false`]. */
  readonly insecureLoopback?: boolean
}

export interface ResolvedApiTokenOptions {
  readonly prefix: string
  readonly maxPerUser: number
  /** Without a final slash; null for no routes. */
  readonly routes: string | null
}

export type ResolvedSessionOptions = Required<SessionOptions>

const tokenRoutes = '/api/v1/accounts/tokens'

export function resolveApiTokenOptions(given: ApiTokenOptions): ResolvedApiTokenOptions {
  const { prefix = 'a0u_', maxPerUser = 50, routes = false } = given
  const path = routes === true ? tokenRoutes : routes
  return { prefix, maxPerUser, routes: path === false ? null : withoutSlash(path) }
}

export function resolveSessionOptions(given: SessionOptions): ResolvedSessionOptions {
  const { idle = 1800, absolute = 43_200, staffOnly = true, origins = [], insecureLoopback = false } = given
  return {
    idle,
    absolute,
    staffOnly,
    origins,
    insecureLoopback,
    prefix: withoutSlash(given.prefix ?? '/api/v1/accounts'),
  }
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '')
}
