import { humanise } from '../../shared/format.ts'
import type { ConsentText, FieldSchema } from '../../shared/types.ts'
import type { Faults, FormField, FormValues } from './profile-values.ts'

/** Checks of the page, before the request; the server checks everything again. */
export function check(values: FormValues, fields: readonly FormField[], texts: readonly ConsentText[]): Faults {
  const faults: [string, string][] = []
  if (values.first_name.trim() === '') faults.push(['first_name', 'Please enter your first name.'])
  for (const { name, schema, required } of fields) {
    const text = values.data[name]?.trim() ?? ''
    const fault = text === '' ? missing(schema, name, required) : checkText(text, schema)
    if (fault !== undefined) faults.push([`profile_data.${name}`, fault])
    const { consent } = schema
    if (text !== '' && consent !== undefined && !values.consents.includes(consent)) {
      const known = texts.some(({ purpose }) => purpose === consent)
      if (known) faults.push([`consents.${consent}`, `We may keep “${labelOf(name, schema)}” only with your consent.`])
    }
  }
  return Object.fromEntries(faults)
}

export function labelOf(name: string, { title }: FieldSchema): string {
  return title ?? humanise(name)
}

function missing(schema: FieldSchema, name: string, required: boolean): string | undefined {
  return required ? `Please fill in “${labelOf(name, schema)}”.` : undefined
}

function checkText(text: string, schema: FieldSchema): string | undefined {
  const { format, pattern, maxLength, minLength = 0 } = schema
  const example = schema.examples?.[0]
  const like = example === undefined ? '' : ` For example: ${String(example)}`
  if (maxLength !== undefined && text.length > maxLength) return `Please use at most ${maxLength} characters.`
  if (text.length < minLength) return `Please use at least ${minLength} characters.`
  if (format === 'phone' && !isPhone(text)) return `This does not look like a phone number.${like}`
  if (format === 'email' && !/^\S+@\S+$/.test(text)) return `This does not look like an email address.${like}`
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return `This does not have the right form.${like}`
  return undefined
}

/** Digits with the usual marks between them. */
function isPhone(text: string): boolean {
  return /^\+?[\d\s().\-/]+$/.test(text) && text.replaceAll(/\D/g, '').length >= 5
}
