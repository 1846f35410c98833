import {
  type ApiTokenOptions,
  type ResolvedApiTokenOptions,
  type ResolvedSessionOptions,
  resolveApiTokenOptions,
  resolveSessionOptions,
  type SessionOptions,
} from '../credentials/options.ts'
import type { Fault } from '../errors.ts'
import type { BasicOptions } from '../methods/basic.ts'

/** The ways to sign in beside access tokens; each is off unless it is named. */
export interface MethodOptions {
  /** API tokens, `Authorization: Token …` [`false`]. */
  readonly token?: ApiTokenOptions | boolean
  /** Sessions of browsers, for admin pages [`false`]. */
  readonly session?: SessionOptions | boolean
  /** Usernames and passwords for development and tests. Refused in production [`false`]. */
  readonly basic?: BasicOptions | false
}

/** The same, complete; null is off. */
export interface ResolvedMethods {
  readonly token: ResolvedApiTokenOptions | null
  readonly session: ResolvedSessionOptions | null
  readonly basic: BasicOptions['users'] | null
}

/** @param rows whether people have rows here (`users.provision` is not `false`). */
export function resolveMethods(given: MethodOptions = {}, rows: boolean, faults: Fault[]): ResolvedMethods {
  const { token = false, session = false, basic = false } = given
  for (const [name, value] of Object.entries({ token, session, basic })) {
    if (value === false || rows) continue
    faults.push({ field: `methods.${name}`, message: 'needs rows of people, but users.provision is false' })
  }
  const resolved: ResolvedMethods = {
    token: token === false ? null : resolveApiTokenOptions(token === true ? {} : token),
    session: session === false ? null : resolveSessionOptions(session === true ? {} : session),
    basic: basic === false ? null : basic.users,
  }
  if (process.env['NODE_ENV'] !== 'production') return resolved
  if (resolved.basic !== null) faults.push({ field: 'methods.basic', message: 'is refused in production' })
  if (resolved.session?.insecureLoopback === true) {
    faults.push({ field: 'methods.session.insecureLoopback', message: 'is refused in production' })
  }
  return resolved
}
