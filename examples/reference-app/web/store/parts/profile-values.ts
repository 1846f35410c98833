import type { ConsentText, FieldSchema, Profile, ProfileData, ProfileSchema } from '../../shared/types.ts'

/** A field of the host's schema that people fill in. */
export interface FormField {
  readonly name: string
  readonly schema: FieldSchema
  readonly required: boolean
}

/** What a form holds: names and profile fields as text, and the purposes consented to. */
export interface FormValues {
  readonly first_name: string
  readonly last_name: string
  readonly data: Readonly<Record<string, string>>
  readonly consents: readonly string[]
}

/** Faults by the names of the API: `first_name`, `profile_data.phone`. */
export type Faults = Readonly<Record<string, string>>

/** The fields that people may write, the required ones first; what the server writes is left out. */
export function formFields(schema: ProfileSchema, required: readonly string[]): readonly FormField[] {
  const fields = Object.entries(schema.properties)
    .filter(([, field]) => field.readOnly !== true)
    .map(([name, field]) => ({ name, schema: field, required: required.includes(name) }))
  return [...fields.filter(field => field.required), ...fields.filter(field => !field.required)]
}

export function valuesOf(profile: Profile, fields: readonly FormField[]): FormValues {
  const data = Object.fromEntries(fields.map(({ name }) => [name, textOf(profile.profile_data[name])]))
  const consents = profile.consents.filter(consent => consent.granted).map(consent => consent.purpose)
  return { first_name: profile.first_name, last_name: profile.last_name, data, consents }
}

export function emptyValues(fields: readonly FormField[]): FormValues {
  return { first_name: '', last_name: '', data: Object.fromEntries(fields.map(({ name }) => [name, ''])), consents: [] }
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}

/** The consents that some field demands, in the order of the texts. */
export function purposesOf(fields: readonly FormField[], texts: readonly ConsentText[]): readonly ConsentText[] {
  return texts.filter(({ purpose }) => fields.some(({ schema }) => schema.consent === purpose))
}

/** The profile data as the API takes them; empty fields are left out. */
export function toProfileData(values: FormValues, fields: readonly FormField[]): ProfileData {
  const filled = fields.filter(({ name }) => values.data[name]?.trim())
  return Object.fromEntries(filled.map(({ name, schema }) => [name, toValue(values.data[name] ?? '', schema)]))
}

function toValue(text: string, { type }: FieldSchema): unknown {
  if (type === 'number' || type === 'integer') return Number(text)
  return type === 'boolean' ? text === 'true' : text.trim()
}

/** A merge patch (RFC 7396) from what is stored to what the form says: cleared fields are null. */
export function toPatch(profile: Profile, values: FormValues, fields: readonly FormField[]): Record<string, unknown> {
  const wanted = toProfileData(values, fields)
  const changes = fields.flatMap(({ name }) => {
    const before = profile.profile_data[name]
    if (!(name in wanted)) return before === undefined ? [] : [[name, null] as const]
    return wanted[name] === before ? [] : [[name, wanted[name]] as const]
  })
  const names = (['first_name', 'last_name'] as const).filter(name => values[name].trim() !== profile[name])
  return {
    ...Object.fromEntries(names.map(name => [name, values[name].trim()])),
    ...(changes.length === 0 ? {} : { profile_data: Object.fromEntries(changes) }),
  }
}
