import { createHash } from 'node:crypto'
import { type TObject, Type, TypeGuard } from '@sinclair/typebox'
import { TypeCompiler, type ValueError } from '@sinclair/typebox/compiler'
import type { Fault } from '../errors.ts'
import { type JsonObject, kindOf } from '../lib/json.ts'
import { isKnownFormat, registerFormats } from './formats.ts'
import { isServerField } from './server-fields.ts'

/**
 * The host's schema of `profile_data`, compiled. A field demands a consent by the option `consent`:
 *
 * ```ts
 * const Profile = Type.Object(
 *   {
 *     phone: Type.Optional(Type.String({ format: 'phone', consent: 'contact' })),
 *     registration_source: Type.Optional(Type.String()),
 *   },
 *   { additionalProperties: false },
 * )
 * ```
 *
 * Of the fields that the server writes (`registration_source`, `social_provider`,
 * `registration_completed_at`) only those are kept that the schema declares.
 */
export interface ProfileSchema {
  /** As the host gave it, for API pages. */
  readonly source: TObject
  /** Changes with the schema; recorded in the audit trail at each write. */
  readonly version: string
  /** Field -> the purpose whose consent it demands. */
  readonly consents: ReadonlyMap<string, string>
  /** Whether the field is declared, or the schema is open to any. */
  accepts(field: string): boolean
  /** Whether the field is declared by name. */
  declares(field: string): boolean
  /**
   * Checks the given fields, never the absence of others: a profile grows step by step, and what
   * makes it complete is the option `required`. Values are never coerced.
   */
  check(fields: JsonObject): Fault[]
}

/** What is used when the host gives no schema: any keys, any JSON values. */
export const openSchema: TObject = Type.Object({}, { additionalProperties: true })

const maxFaults = 20

/** Compiles a schema that `schemaFaults` found nothing wrong with. */
export function compileProfileSchema(source: TObject): ProfileSchema {
  registerFormats()
  const entries = Object.entries(source.properties).filter(([name]) => !isServerField(name))
  const { additionalProperties = true } = source
  const check = TypeCompiler.Compile(Type.Partial(Type.Object(Object.fromEntries(entries), { additionalProperties })))
  const consents = new Map(
    entries.flatMap(([name, { consent }]) => (typeof consent === 'string' ? [[name, consent]] : [])),
  )
  return {
    source,
    version: createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 12),
    consents,
    accepts: field => additionalProperties !== false || Object.hasOwn(source.properties, field),
    declares: field => Object.hasOwn(source.properties, field),
    check: fields => (check.Check(fields) ? [] : faultsOf(check.Errors(fields))),
  }
}

/** What is wrong with a schema that a host gave, as an option of the name `field`. */
export function schemaFaults(given: unknown, field: string): Fault[] {
  if (!TypeGuard.IsSchema(given) || !TypeGuard.IsObject(given)) {
    return [{ field, message: 'must be Type.Object(…) of @sinclair/typebox' }]
  }
  registerFormats()
  const properties = Object.entries(given.properties)
  return properties.flatMap(([name, property]) => {
    const place = `${field}.${name}`
    const formats = unknownFormats(property).map(format => ({
      field: place,
      message: `has the unknown format ${format}`,
    }))
    return [...formats, ...consentFaults(place, property['consent'])]
  })
}

function consentFaults(field: string, consent: unknown): Fault[] {
  if (consent === undefined || (typeof consent === 'string' && purposePattern.test(consent))) return []
  return [
    { field, message: 'has a consent that is not a purpose: a lower-case word of at most 64 letters, digits, _ . -' },
  ]
}

/** What the name of a consent's purpose looks like. */
export const purposePattern: RegExp = /^[a-z][a-z0-9_.-]{0,63}$/

/** Formats anywhere in a schema that are not registered; TypeBox would refuse every value for them. */
function unknownFormats(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  if (Array.isArray(schema)) return schema.flatMap(unknownFormats)
  const own =
    'format' in schema && typeof schema.format === 'string' && !isKnownFormat(schema.format) ? [schema.format] : []
  const nested = Object.entries(schema).filter(([key]) => !['default', 'examples', 'const', 'enum'].includes(key))
  return [...own, ...nested.flatMap(([, value]) => unknownFormats(value))]
}

function faultsOf(errors: Iterable<ValueError>): Fault[] {
  const faults = new Map<string, Fault>()
  for (const { path, message, value } of errors) {
    const field = `profile_data${path.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~').slice(0, 200)}`
    // The first error of a field is the most general one.
    if (!faults.has(field))
      faults.set(field, { field, message: `${lowerFirst(message)}, but ${kindOf(value)} was sent` })
    if (faults.size === maxFaults) break
  }
  return [...faults.values()]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
