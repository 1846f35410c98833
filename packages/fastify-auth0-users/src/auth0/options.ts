import type { TObject } from '@sinclair/typebox'
import type { Fault } from '../errors.ts'
import { group, oneOf, orFalse, path, seconds, textOrTexts, withDefaults } from '../lib/option-schema.ts'

/** What happens to a user whom Auth0 deleted. */
export type DeletedPolicy = 'deactivate' | 'erase' | 'ignore'

/** What happens to a user whom an administrator blocked at Auth0. */
export type BlockedPolicy = 'deactivate' | 'signOut' | 'ignore'

/** The receiver of event streams and log streams. */
export interface Auth0EventsOptions {
  /** What Auth0 sends as `Authorization: Bearer …`, 32 characters or more; several while one replaces another. */
  readonly secret: string | readonly string[]
  /** Where it is. @default '/api/v1/accounts/auth0/events' */
  readonly path?: string
  /** Whether users whom Auth0 reports get a row before their first request. @default 'provision' */
  readonly created?: 'provision' | 'ignore'
  /** What happens to a user whom an administrator blocked at Auth0. @default 'deactivate' */
  readonly blocked?: BlockedPolicy
  /** What happens to a user whom Auth0 deleted. @default 'deactivate' */
  readonly deleted?: DeletedPolicy
  /** Older messages are accepted and ignored, in seconds, at least a day. @default 604800 */
  readonly maxAge?: number
}

/** OpenID Connect Back-Channel Logout 1.0. */
export interface BackchannelLogoutOptions {
  /** The applications whose sessions end here: what may stand in the logout token's `aud`. */
  readonly clientId: string | readonly string[]
  /** Where it is. @default '/api/v1/accounts/auth0/backchannel-logout' */
  readonly path?: string
  /** Whether a logout also refuses the access tokens that the user got before. @default 'keep' */
  readonly accessTokens?: 'keep' | 'revoke'
}

/** What Auth0 pushes; nothing is received unless it is named. */
export interface Auth0PushOptions {
  readonly events?: Auth0EventsOptions | false
  readonly backchannelLogout?: BackchannelLogoutOptions | false
}

export type ResolvedAuth0Events = Required<Omit<Auth0EventsOptions, 'secret'>> & { readonly secrets: readonly string[] }

export type ResolvedBackchannelLogout = Required<Omit<BackchannelLogoutOptions, 'clientId'>> & {
  readonly clientIds: readonly string[]
}

/** The same, complete; null is off. */
export interface ResolvedAuth0Push {
  readonly events: ResolvedAuth0Events | null
  readonly backchannelLogout: ResolvedBackchannelLogout | null
}

const minSecretLength = 32
const minAge = 86_400

const eventsSchema: TObject = group(
  {
    secret: textOrTexts({
      must: `a text of ${minSecretLength} characters or more without spaces, or a list of such`,
      description: 'what Auth0 sends as `Authorization: Bearer …`; several while one replaces another',
      defaultText: 'required',
      secret: true,
    }),
    path: path({ description: 'where it is', default: '/api/v1/accounts/auth0/events' }),
    created: oneOf(['provision', 'ignore'], {
      description: 'whether users whom Auth0 reports get a row before their first request',
      default: 'provision',
    }),
    blocked: oneOf(['deactivate', 'signOut', 'ignore'], {
      description: 'what happens to a user whom an administrator blocked at Auth0',
      default: 'deactivate',
    }),
    deleted: oneOf(['deactivate', 'erase', 'ignore'], {
      description: 'what happens to a user whom Auth0 deleted',
      default: 'deactivate',
    }),
    maxAge: seconds(minAge, { description: 'older messages are accepted and ignored', default: 604_800 }),
  },
  { secret: true },
)

const logoutSchema: TObject = group({
  clientId: textOrTexts({
    description: "the applications whose sessions end here: what may stand in the logout token's `aud`",
    defaultText: 'required',
  }),
  path: path({ description: 'where it is', default: '/api/v1/accounts/auth0/backchannel-logout' }),
  accessTokens: oneOf(['keep', 'revoke'], {
    description: 'whether a logout also refuses the access tokens that the user got before',
    default: 'keep',
  }),
})

/** The option `auth0`. */
export const auth0Schema: TObject = group({
  events: orFalse(eventsSchema, {
    description: 'receives event streams and log streams of the tenant',
    default: false,
  }),
  backchannelLogout: orFalse(logoutSchema, {
    description: 'receives logout tokens (OpenID Connect Back-Channel Logout 1.0)',
    default: false,
  }),
})

/** @param rows whether users have rows here (`users.provision` is not `false`). */
export function resolveAuth0Push(
  { events = false, backchannelLogout = false }: Auth0PushOptions = {},
  rows: boolean,
  faults: Fault[],
): ResolvedAuth0Push {
  for (const [name, given] of Object.entries({ events, backchannelLogout })) {
    if (given === false || rows) continue
    faults.push({ field: `auth0.${name}`, message: "requires users.provision to be true or 'existing'" })
  }
  return {
    events: events === false ? null : resolveEvents(events, faults),
    backchannelLogout: backchannelLogout === false ? null : resolveLogout(backchannelLogout, faults),
  }
}

function resolveEvents({ secret, ...given }: Auth0EventsOptions, faults: Fault[]): ResolvedAuth0Events {
  const secrets = listed(secret)
  if (secrets.length === 0 || !secrets.every(one => /^[\x21-\x7e]+$/.test(one) && one.length >= minSecretLength)) {
    const message = `is required: ${minSecretLength} characters or more without spaces, or a list of such (not shown)`
    faults.push({ field: 'auth0.events.secret', message })
  }
  const complete = withDefaults<Required<Omit<Auth0EventsOptions, 'secret'>>>(eventsSchema, given)
  return {
    ...complete,
    secrets,
    path: withoutSlash(complete.path),
  }
}

function resolveLogout({ clientId, ...given }: BackchannelLogoutOptions, faults: Fault[]): ResolvedBackchannelLogout {
  const clientIds = listed(clientId)
  if (clientIds.length === 0 || clientIds.includes('')) {
    faults.push({
      field: 'auth0.backchannelLogout.clientId',
      message: 'is required: the id of your application, or a list',
    })
  }
  const complete = withDefaults<Required<Omit<BackchannelLogoutOptions, 'clientId'>>>(logoutSchema, given)
  return {
    clientIds,
    path: withoutSlash(complete.path),
    accessTokens: complete.accessTokens,
  }
}

function listed(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : [...given]
}

function withoutSlash(given: string): string {
  return given.replace(/\/$/, '')
}
