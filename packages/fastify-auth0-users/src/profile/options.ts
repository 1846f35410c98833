import type { TObject } from '@sinclair/typebox'
import type { Fault } from '../errors.ts'
import { anyObject, count, group, path, pattern, texts, withDefaults } from '../lib/option-schema.ts'
import { compileProfileSchema, openSchema, type ProfileSchema, schemaFaults } from './schema.ts'

/** The option `profile`: where the profile is served and what it may hold. */
export interface ProfileOptions {
  /** Where the routes are. @default '/api/v1/accounts/users/profile' */
  readonly prefix?: string
  /** TypeBox schema of `profile_data`. Fields are checked, never demanded: see `required`. @default any JSON object */
  readonly schema?: TObject
  /** What makes a profile complete: `first_name`, `last_name` or fields of the schema. @default [] */
  readonly required?: readonly string[]
  /** Where an incomplete profile is completed; sent by guards as `completion_url`. @default none */
  readonly completionUrl?: string
  /** The most bytes of `profile_data` as JSON. @default 65536 */
  readonly maxBytes?: number
  /** How deeply `profile_data` may be nested; 1 is a flat object. @default 16 */
  readonly maxDepth?: number
  /** The most keys of `profile_data`, nested ones included, without those that the server writes. @default 200 */
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
  /** The most bytes of a request body: space for escapes, which can make JSON several times longer. */
  readonly bodyLimit: number
}

export const defaultProfilePrefix = '/api/v1/accounts/users/profile'

/** The option `profile`. */
export const profileSchema: TObject = group({
  prefix: path({ description: 'where the routes are', default: defaultProfilePrefix }),
  schema: anyObject({
    must: 'a TypeBox object schema',
    description: 'what `profile_data` may hold. Fields are checked, never demanded',
    defaultText: 'any object',
  }),
  required: texts({
    must: 'a list of field names',
    description: '`first_name`, `last_name` or fields of the schema; without them `profile_complete` is false',
    default: [],
  }),
  completionUrl: pattern('^(?:/|[A-Za-z][A-Za-z0-9+.-]*:)\\S*$', {
    must: 'a URL or a path',
    description: 'where an incomplete profile is completed; sent by guards as `completion_url`',
  }),
  maxBytes: count({ description: 'the most bytes of `profile_data` as JSON', default: 65_536 }, 16_777_216),
  maxDepth: count({ description: 'how deeply `profile_data` may be nested; 1 is a flat object', default: 16 }, 200),
  maxKeys: count({ description: 'the most keys of `profile_data`, nested ones included', default: 200 }, 100_000),
})

type CompleteProfileOptions = Required<Omit<ProfileOptions, 'schema' | 'completionUrl'>> &
  Pick<ProfileOptions, 'schema' | 'completionUrl'>

/**
 * Completes the option `profile`, whose shape was checked with `profileSchema`. Faults of its rules are added to
 * `faults`; the result is usable only when there are none. `given` is not changed.
 */
export function resolveProfileOptions(given: ProfileOptions | undefined, faults: Fault[]): ResolvedProfileOptions {
  const complete = withDefaults<CompleteProfileOptions>(profileSchema, given)
  const { maxBytes, maxDepth, maxKeys } = complete
  const schema = resolveSchema(complete.schema, faults)
  return Object.freeze({
    prefix: complete.prefix.replace(/\/$/, ''),
    schema,
    required: resolveRequired(complete.required, schema, faults),
    completionUrl: complete.completionUrl ?? null,
    maxBytes,
    maxDepth,
    maxKeys,
    bodyLimit: 4 * maxBytes + 4096,
  })
}

function resolveSchema(given: unknown, faults: Fault[]): ProfileSchema {
  if (given === undefined) return compileProfileSchema(openSchema)
  const found = schemaFaults(given, 'profile.schema')
  faults.push(...found)
  return compileProfileSchema(found.length === 0 ? (given as TObject) : openSchema)
}

function resolveRequired(given: readonly string[], schema: ProfileSchema, faults: Fault[]): readonly string[] {
  const names = [...new Set(given)]
  for (const name of names) {
    if (name === 'first_name' || name === 'last_name' || schema.accepts(name)) continue
    faults.push({ field: 'profile.required', message: `names ${name}, which profile.schema does not have` })
  }
  return Object.freeze(names)
}
