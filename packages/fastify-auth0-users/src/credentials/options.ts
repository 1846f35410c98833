import { type TObject, Type } from '@sinclair/typebox'
import {
  anyOf,
  count,
  flag,
  group,
  path,
  pathOrSwitch,
  pattern,
  positiveSeconds,
  withDefaults,
} from '../lib/option-schema.ts'

/** What a host may say about API tokens. */
export interface ApiTokenOptions {
  /** What tokens start with: 2 to 16 letters and digits and an underscore. @default 'a0u_' */
  readonly prefix?: string
  /** How many tokens in force a user may have. @default 50 */
  readonly maxPerUser?: number
  /** Routes with which users manage their own tokens: a path, or `true` for `/api/v1/accounts/tokens`. @default false */
  readonly routes?: boolean | string
}

/** What a host may say about sessions. Durations are seconds. */
export interface SessionOptions {
  /** How long a session lives without a request. @default 1800 */
  readonly idle?: number
  /** How long it lives at the longest. @default 43200 */
  readonly absolute?: number
  /** Only staff may have sessions. @default true */
  readonly staffOnly?: boolean
  /** How many sessions a user has; the oldest ends when one more begins. @default 50 */
  readonly maxPerUser?: number
  /** Origins of pages on other hosts that may write with a session. @default [] */
  readonly origins?: readonly string[]
  /** What the routes start with: `session/` and `sessions/` are below it. @default '/api/v1/accounts' */
  readonly prefix?: string
  /** A cookie without `Secure` and `__Host-`, for plain http on a loopback host, where `NODE_ENV` is `test` or `development`. @default false */
  readonly insecureLoopback?: boolean
}

export interface ResolvedApiTokenOptions {
  readonly prefix: string
  readonly maxPerUser: number
  /** Without a final slash; null for no routes. */
  readonly routes: string | null
}

export type ResolvedSessionOptions = Required<SessionOptions>

/** The option `methods.token`. */
export const apiTokenSchema: TObject = group({
  prefix: pattern('^[A-Za-z0-9]{2,16}_$', {
    must: '2 to 16 letters or digits and _',
    description: 'what API tokens start with',
    default: 'a0u_',
  }),
  maxPerUser: count({ description: 'how many API tokens in force a user may have', default: 50 }),
  routes: pathOrSwitch({
    description: 'routes with which users manage their own API tokens; `true` for `/api/v1/accounts/tokens`',
    default: false,
  }),
})

/** The option `methods.session`. */
export const sessionSchema: TObject = group({
  idle: positiveSeconds({ description: 'how long a session lives without a request', default: 1800 }),
  absolute: positiveSeconds({ description: 'how long a session lives at the longest', default: 43_200 }),
  staffOnly: flag({ description: 'only staff may have sessions', default: true }),
  maxPerUser: count({ description: 'how many sessions a user has; the oldest ends when one more begins', default: 50 }),
  origins: anyOf([Type.Array(Type.String({ pattern: '^https?://[^/]+$' }))], {
    must: 'a list of origins',
    description: 'origins of pages on other hosts that may write with a session',
    default: [],
  }),
  prefix: path({ description: 'the routes `session/` and `sessions/` are below it', default: '/api/v1/accounts' }),
  insecureLoopback: flag({
    description:
      'a cookie without `Secure` and `__Host-`, for plain http on a loopback host, where `NODE_ENV` is `test` or `development`; refused elsewhere',
    default: false,
  }),
})

const tokenRoutes = '/api/v1/accounts/tokens'

export function resolveApiTokenOptions(given: ApiTokenOptions): ResolvedApiTokenOptions {
  const { prefix, maxPerUser, routes } = withDefaults<Required<ApiTokenOptions>>(apiTokenSchema, given)
  const place = routes === true ? tokenRoutes : routes
  return { prefix, maxPerUser, routes: place === false ? null : withoutSlash(place) }
}

export function resolveSessionOptions(given: SessionOptions): ResolvedSessionOptions {
  const complete = withDefaults<ResolvedSessionOptions>(sessionSchema, given)
  return { ...complete, prefix: withoutSlash(complete.prefix) }
}

function withoutSlash(given: string): string {
  return given.replace(/\/$/, '')
}
