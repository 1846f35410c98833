import { isDeepStrictEqual } from 'node:util'
import { Auth0UsersError, type Fault } from '../errors.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { isServerField } from './server-fields.ts'

/** The part of a person's row that the profile API writes. */
export interface ProfileState {
  readonly first_name: string
  readonly last_name: string
  readonly profile_data: JsonObject
}

/** The most code points that a name may have: `varchar(150)`. */
export const maxNameLength = 150

/**
 * `PUT`, as the Django system did it: what is absent stays, `profile_data` is merged one level deep.
 * Pure: neither argument is changed.
 *
 * @param body the parsed body, untrusted.
 * @throws Auth0UsersError `A0U_BODY_INVALID` or `A0U_FIELD_READ_ONLY`.
 */
export function applyPut(current: ProfileState, body: unknown): ProfileState {
  const given = checkBody(body, nameFault, dataFault)
  return {
    first_name: (given['first_name'] as string | undefined) ?? current.first_name,
    last_name: (given['last_name'] as string | undefined) ?? current.last_name,
    profile_data: { ...current.profile_data, ...(given['profile_data'] as JsonObject | undefined) },
  }
}

/**
 * `PATCH`: a JSON merge patch (RFC 7396) on `first_name`, `last_name` and `profile_data`. Null
 * deletes: a name becomes empty, a key goes, `profile_data: null` drops every key but those that the
 * server writes. Pure: neither argument is changed.
 *
 * @param body the parsed body, untrusted.
 * @throws Auth0UsersError `A0U_BODY_INVALID` or `A0U_FIELD_READ_ONLY`.
 */
export function applyPatch(current: ProfileState, body: unknown): ProfileState {
  const given = checkBody(body, nullable(nameFault), nullable(dataFault))
  return {
    first_name: patchedName(current.first_name, given['first_name']),
    last_name: patchedName(current.last_name, given['last_name']),
    profile_data: patchedData(current.profile_data, given['profile_data']),
  }
}

/** The fields in which two states differ: `first_name`, `last_name`, `profile_data.<key>`. */
export function changedFields(before: ProfileState, after: ProfileState): string[] {
  const names = (['first_name', 'last_name'] as const).filter(name => before[name] !== after[name])
  return [...names, ...changedKeys(before.profile_data, after.profile_data).map(key => `profile_data.${key}`)]
}

/** What the fields hold that `changedFields` names; undefined where there is nothing. An empty name is none. */
export function valuesOf(state: ProfileState): (field: string) => unknown {
  return field => {
    if (field === 'first_name' || field === 'last_name') return state[field] === '' ? undefined : state[field]
    const key = field.slice('profile_data.'.length)
    return Object.hasOwn(state.profile_data, key) ? state.profile_data[key] : undefined
  }
}

/** The keys whose values differ, or that only one side has. */
export function changedKeys(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter(key => !(key in before && key in after && isDeepStrictEqual(before[key], after[key])))
}

function patchedName(current: string, given: unknown): string {
  return given === undefined ? current : given === null ? '' : (given as string)
}

function patchedData(current: JsonObject, given: unknown): JsonObject {
  if (given === undefined) return current
  if (given === null) return Object.fromEntries(Object.entries(current).filter(([key]) => isServerField(key)))
  return mergePatch(current, given) as JsonObject
}

/** RFC 7396 §2. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}

type Rule = (value: unknown) => string | undefined

const nullable =
  (rule: Rule): Rule =>
  value =>
    value === null ? undefined : rule(value)

const nameFault: Rule = value => {
  if (typeof value !== 'string') return `must be a string, not ${kindOf(value)}`
  // A code point takes at most two units, so longer text needs no counting.
  if (value.length > 2 * maxNameLength || [...value].length > maxNameLength) {
    return `may have at most ${maxNameLength} characters`
  }
  return undefined
}

const dataFault: Rule = value => (isObject(value) ? undefined : `must be an object, not ${kindOf(value)}`)

/** Fields that a person sees or may know of, and that only Auth0, staff or the server write. */
const readOnlyFields: ReadonlySet<string> = new Set([
  'id',
  'auth0_id',
  'username',
  'email',
  'email_verified',
  'is_active',
  'is_staff',
  'is_superuser',
  'is_platform',
  'last_login_at',
  'tokens_valid_after',
  'created_at',
  'updated_at',
  'profile_complete',
  'missing_fields',
  'consents',
  'groups',
  'permissions',
  'edited_fields',
  'claims_issued_at',
])

function checkBody(body: unknown, name: Rule, data: Rule): JsonObject {
  if (!isObject(body)) {
    const message = body === undefined ? 'is missing' : `must be an object, not ${kindOf(body)}`
    throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'body', message }] })
  }
  const readOnly = Object.keys(body).filter(field => readOnlyFields.has(field))
  if (readOnly.length > 0) {
    const faults = readOnly.map(field => ({ field, message: readOnlyReason(field) }))
    throw new Auth0UsersError('A0U_FIELD_READ_ONLY', { faults })
  }
  const faults = Object.entries(body).flatMap(([field, value]) => fieldFault(field, value, name, data))
  if (faults.length > 0) throw new Auth0UsersError('A0U_BODY_INVALID', { faults: faults.slice(0, 20) })
  return body
}

function readOnlyReason(field: string): string {
  const fromAuth0 = ['auth0_id', 'username', 'email', 'email_verified'].includes(field)
  return fromAuth0 ? 'comes from Auth0 and cannot be written here' : 'cannot be written here'
}

function fieldFault(field: string, value: unknown, name: Rule, data: Rule): Fault[] {
  if (field === 'profile_data') return toFaults(field, data(value))
  if (field === 'first_name' || field === 'last_name') return toFaults(field, name(value))
  return [{ field: field.slice(0, 100), message: 'is not a field of the profile' }]
}

function toFaults(field: string, message: string | undefined): Fault[] {
  return message === undefined ? [] : [{ field, message }]
}
