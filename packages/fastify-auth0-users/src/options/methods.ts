import type { TObject } from '@sinclair/typebox'
import {
  type ApiTokenOptions,
  apiTokenSchema,
  type ResolvedApiTokenOptions,
  type ResolvedSessionOptions,
  resolveApiTokenOptions,
  resolveSessionOptions,
  type SessionOptions,
  sessionSchema,
} from '../credentials/options.ts'
import type { Fault } from '../errors.ts'
import { group, orFalse, orSwitch } from '../lib/option-schema.ts'
import { type BasicOptions, basicSchema } from '../methods/basic.ts'

/** The ways to sign in beside access tokens; each is off unless it is named. */
export interface MethodOptions {
  /** API tokens, `Authorization: Token …`. @default false */
  readonly token?: ApiTokenOptions | boolean
  /** Sessions of browsers, for admin pages. @default false */
  readonly session?: SessionOptions | boolean
  /** Usernames and passwords, where `NODE_ENV` is `test` or `development`; refused elsewhere. @default false */
  readonly basic?: BasicOptions | false
}

/** The option `methods`. */
export const methodsSchema: TObject = group({
  token: orSwitch(apiTokenSchema, { description: 'API tokens, `Authorization: Token …`', default: false }),
  session: orSwitch(sessionSchema, { description: 'sessions of browsers, begun with an access token', default: false }),
  basic: orFalse(basicSchema, {
    description: 'usernames and passwords, where `NODE_ENV` is `test` or `development`; refused elsewhere',
    default: false,
    secret: true,
  }),
})

/** The same, complete; null is off. */
export interface ResolvedMethods {
  readonly token: ResolvedApiTokenOptions | null
  readonly session: ResolvedSessionOptions | null
  readonly basic: BasicOptions['users'] | null
}

/** @param rows whether users have rows here (`users.provision` is not `false`). */
export function resolveMethods(given: MethodOptions = {}, rows: boolean, faults: Fault[]): ResolvedMethods {
  const { token = false, session = false, basic = false } = given
  for (const [name, value] of Object.entries({ token, session, basic })) {
    if (value === false || rows) continue
    faults.push({ field: `methods.${name}`, message: "requires users.provision to be true or 'existing'" })
  }
  return {
    token: token === false ? null : resolveApiTokenOptions(token === true ? {} : token),
    session: session === false ? null : resolveSessionOptions(session === true ? {} : session),
    basic: basic === false ? null : basic.users,
  }
}
