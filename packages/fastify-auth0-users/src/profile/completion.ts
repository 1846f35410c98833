import { Auth0UsersError } from '../errors.ts'

/** What completion is judged by; `User` and the stored row both fit. */
export interface CompletionSubject {
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: Readonly<Record<string, unknown>>
}

/**
 * The required fields that are missing, in the order of `required`: `first_name`, `last_name` or a
 * key of `profile_data`. Null, blank text, an empty list and an empty object count as missing.
 */
export function missingFields(profile: CompletionSubject, required: readonly string[]): string[] {
  return required.filter(name => isBlank(fieldOf(profile, name)))
}

/**
 * For guards of routes that need a complete profile.
 *
 * @param completionUrl where the person can complete it; sent as `completion_url` when given.
 * @throws Auth0UsersError `A0U_PROFILE_INCOMPLETE` (403) with `missing_fields` as a public extra.
 */
export function requireComplete(profile: CompletionSubject, required: readonly string[], completionUrl?: string): void {
  const missing = missingFields(profile, required)
  if (missing.length === 0) return
  const url = completionUrl === undefined ? {} : { completion_url: completionUrl }
  throw new Auth0UsersError('A0U_PROFILE_INCOMPLETE', { extra: { missing_fields: missing, ...url } })
}

function fieldOf(profile: CompletionSubject, name: string): unknown {
  if (name === 'first_name' || name === 'last_name') return profile[name]
  return Object.hasOwn(profile.profile_data, name) ? profile.profile_data[name] : undefined
}

function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'string') return value.trim() === ''
  return typeof value === 'object' && Object.keys(value).length === 0
}
