import type { JsonObject } from '../lib/json.ts'

/** Keys of `profile_data` that this plugin writes itself and accepts from no request. */
export const serverFields = ['registration_source', 'social_provider', 'registration_completed_at'] as const

export function isServerField(name: string): boolean {
  return (serverFields as readonly string[]).includes(name)
}

/** Connections where the person fills in a form of the application; Auth0's own strategy names. */
const ownConnections = new Set(['auth0', 'email', 'sms'])

/** Strategies that hold many connections: the second part of the `sub` names the provider. */
const bridges = new Set(['oauth2', 'oidc', 'samlp', 'waad', 'adfs', 'ad', 'okta', 'google-apps', 'pingfederate'])

const providerNames: ReadonlyMap<string, string> = new Map([
  ['github', 'GitHub'],
  ['google-oauth2', 'Google'],
  ['apple', 'Apple'],
  ['facebook', 'Facebook'],
  ['linkedin', 'LinkedIn'],
  ['twitter', 'Twitter'],
  ['windowslive', 'Microsoft'],
])

/** The name of the social provider behind a `sub`, for instance `GitHub` for `github|42`; undefined for a database connection. */
export function socialProvider(sub: string): string | undefined {
  const [strategy = '', connection, id] = sub.split('|')
  if (strategy === '' || connection === undefined || ownConnections.has(strategy)) return undefined
  return providerNames.get(strategy) ?? (bridges.has(strategy) && id !== undefined ? connection : strategy)
}

/**
 * What the server adds to `profile_data` at a save: how the person registered, at the first save;
 * when the profile became complete, once.
 *
 * @param stored the `profile_data` before this save.
 * @param now milliseconds since the epoch.
 */
export function serverValues(stored: JsonObject, sub: string | null, complete: boolean, now: number): JsonObject {
  const values: Record<string, string> = {}
  if (!Object.hasOwn(stored, 'registration_source') && sub !== null) {
    const provider = socialProvider(sub)
    values['registration_source'] = provider === undefined ? 'custom_form' : 'social'
    if (provider !== undefined && !Object.hasOwn(stored, 'social_provider')) values['social_provider'] = provider
  }
  if (complete && !Object.hasOwn(stored, 'registration_completed_at')) {
    values['registration_completed_at'] = new Date(now).toISOString()
  }
  return values
}
