import type { Fault } from '../errors.ts'

/** What becomes of a person whom Auth0 deleted. */
export type DeletedPolicy = 'deactivate' | 'erase' | 'ignore'

/** What becomes of a person whom an administrator blocked at Auth0. */
export type BlockedPolicy = 'deactivate' | 'signOut' | 'ignore'

/** The receiver of event streams and log streams. */
export interface Auth0EventsOptions {
  /** What Auth0 sends as `Authorization: Bearer …`, 32 characters or more; several while one replaces another. */
  readonly secret: string | readonly string[]
  /** Where it is [`/api/v1/accounts/auth0/events`]. */
  readonly path?: string
  /** Whether people whom Auth0 tells of get a row before they come here [`provision`]. */
  readonly created?: 'provision' | 'ignore'
  /** [`deactivate`] */
  readonly blocked?: BlockedPolicy
  /** [`deactivate`] */
  readonly deleted?: DeletedPolicy
  /** Older messages are taken and forgotten, in seconds, a day at the least [604800, a week]. */
  readonly maxAge?: number
}

/** OpenID Connect Back-Channel Logout 1.0. */
export interface BackchannelLogoutOptions {
  /** The applications whose sessions end here: what may stand in the logout token's `aud`. */
  readonly clientId: string | readonly string[]
  /** Where it is [`/api/v1/accounts/auth0/backchannel-logout`]. */
  readonly path?: string
  /** Whether a logout also refuses the access tokens that the person got before [`keep`]. */
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

/** @param rows whether people have rows here (`users.provision` is not `false`). */
export function resolveAuth0Push(
  { events = false, backchannelLogout = false }: Auth0PushOptions = {},
  rows: boolean,
  faults: Fault[],
): ResolvedAuth0Push {
  for (const [name, given] of Object.entries({ events, backchannelLogout })) {
    if (given === false || rows) continue
    faults.push({ field: `auth0.${name}`, message: 'needs rows of people, but users.provision is false' })
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
  if (given.maxAge !== undefined && given.maxAge < minAge) {
    faults.push({ field: 'auth0.events.maxAge', message: `must be ${minAge} seconds (a day) or more` })
  }
  return {
    secrets,
    path: withoutSlash(given.path ?? '/api/v1/accounts/auth0/events'),
    created: given.created ?? 'provision',
    blocked: given.blocked ?? 'deactivate',
    deleted: given.deleted ?? 'deactivate',
    maxAge: given.maxAge ?? 604_800,
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
  return {
    clientIds,
    path: withoutSlash(given.path ?? '/api/v1/accounts/auth0/backchannel-logout'),
    accessTokens: given.accessTokens ?? 'keep',
  }
}

function listed(given: string | readonly string[] | undefined): readonly string[] {
  if (given === undefined) return []
  return typeof given === 'string' ? [given] : [...given]
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, '')
}
