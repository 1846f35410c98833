import type { TObject } from '@sinclair/typebox'
import type { Fault } from '../errors.ts'
import { isObject } from '../lib/json.ts'
import { compileProfileSchema, openSchema, type ProfileSchema, schemaFaults } from './schema.ts'

/** The option `profile`: where the profile is served and what it may hold. */
export interface ProfileOptions {
  /** Where the routes are [`/api/v1/accounts/users/profile`]. */
  readonly prefix?: string
  /** TypeBox schema of `profile_data` [any keys, any JSON values]. Fields are checked, never demanded: see `required`. */
  readonly schema?: TObject
  /** What makes a profile complete: `first_name`, `last_name` or fields of the schema [none]. */
  readonly required?: readonly string[]
  /** Where an incomplete profile is completed; sent by guards as `completion_url` [none]. */
  readonly completionUrl?: string
  /** The most bytes of `profile_data` as JSON [65536]. */
  readonly maxBytes?: number
  /** How deeply `profile_data` may be nested; 1 is a flat object [16]. */
  readonly maxDepth?: number
  /** The most keys of `profile_data`, nested ones included, those that the server writes not [200]. */
  readonly maxKeys?: number
}

export interface ResolvedProfileOptions {
  /** Starts with a slash, ends without one. */
  readonly prefix: string
  readonly schema: ProfileSchema
  readonly required: readonly string[]
  readonly completionUrl: string | null
  /** Bytes. */
  readonly maxBytes: number
  readonly maxDepth: number
  readonly maxKeys: number
  /** The most bytes of a request body: room for escapes, which can make JSON several times longer. */
  readonly bodyLimit: number
}

export const defaultProfilePrefix = '/api/v1/accounts/users/profile'

const known = new Set(['prefix', 'schema', 'required', 'completionUrl', 'maxBytes', 'maxDepth', 'maxKeys'])

/**
 * Checks and completes the option `profile`. Faults are added to `faults`; the answer is usable only
 * when there are none. `given` is not changed.
 */
export function resolveProfileOptions(given: ProfileOptions | undefined, faults: Fault[]): ResolvedProfileOptions {
  if (given !== undefined && !isObject(given)) faults.push({ field: 'profile', message: 'must be an object or false' })
  const options: ProfileOptions = isObject(given) ? given : {}
  for (const name of Object.keys(options)) {
    if (!known.has(name))
      faults.push({ field: `profile.${name}`, message: `is no option; there are ${[...known].join(', ')}` })
  }
  const schema = resolveSchema(options.schema, faults)
  const maxBytes = resolveCount('maxBytes', options.maxBytes, 65_536, 16_777_216, faults)
  return Object.freeze({
    prefix: resolvePrefix(options.prefix, faults),
    schema,
    required: resolveRequired(options.required, schema, faults),
    completionUrl: resolveUrl(options.completionUrl, faults),
    maxBytes,
    maxDepth: resolveCount('maxDepth', options.maxDepth, 16, 200, faults),
    maxKeys: resolveCount('maxKeys', options.maxKeys, 200, 100_000, faults),
    bodyLimit: 4 * maxBytes + 4096,
  })
}

function resolveSchema(given: unknown, faults: Fault[]): ProfileSchema {
  if (given === undefined) return compileProfileSchema(openSchema)
  const found = schemaFaults(given, 'profile.schema')
  faults.push(...found)
  return compileProfileSchema(found.length === 0 ? (given as TObject) : openSchema)
}

function resolvePrefix(given: unknown, faults: Fault[]): string {
  if (given === undefined) return defaultProfilePrefix
  if (typeof given === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(given)) return given.replace(/\/$/, '')
  faults.push({ field: 'profile.prefix', message: 'must be a path such as /api/v1/profile' })
  return defaultProfilePrefix
}

function resolveRequired(given: unknown, schema: ProfileSchema, faults: Fault[]): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || !given.every(name => typeof name === 'string')) {
    faults.push({ field: 'profile.required', message: 'must be a list of field names' })
    return []
  }
  const names = [...new Set<string>(given)]
  for (const name of names) {
    if (name === 'first_name' || name === 'last_name' || schema.accepts(name)) continue
    faults.push({ field: 'profile.required', message: `names ${name}, which profile.schema does not have` })
  }
  return Object.freeze(names)
}

function resolveUrl(given: unknown, faults: Fault[]): string | null {
  if (given === undefined) return null
  if (typeof given === 'string' && (given.startsWith('/') || URL.canParse(given))) return given
  faults.push({ field: 'profile.completionUrl', message: 'must be a URL or a path' })
  return null
}

function resolveCount(name: string, given: unknown, fallback: number, most: number, faults: Fault[]): number {
  if (given === undefined) return fallback
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= most) return given
  faults.push({ field: `profile.${name}`, message: `must be a whole number from 1 to ${most}` })
  return fallback
}
