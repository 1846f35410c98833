import type { ComponentChildren, JSX } from 'preact'
import { Check, Select, TextField } from '../../shared/field.tsx'
import type { ConsentText, FieldSchema } from '../../shared/types.ts'
import { labelOf } from './profile-check.ts'
import type { Faults, FormField, FormValues } from './profile-values.ts'

export interface ProfileFieldsProps {
  readonly fields: readonly FormField[]
  /** The consents to ask for together with them. */
  readonly consents: readonly ConsentText[]
  readonly values: FormValues
  readonly faults: Faults
  readonly onChange: (values: FormValues) => void
  /** Further inputs, before the consents. */
  readonly children?: ComponentChildren
}

/** The inputs of a profile: the names, and what the host's JSON Schema asks for. */
export function ProfileFields(props: ProfileFieldsProps): JSX.Element {
  const { fields, consents, values, faults, onChange, children } = props
  const setData = (name: string, text: string): void => onChange({ ...values, data: { ...values.data, [name]: text } })
  return (
    <>
      <div class="form__pair">
        <TextField
          label="First name"
          required
          autocomplete="given-name"
          maxLength={150}
          value={values.first_name}
          fault={faults['first_name']}
          onValue={text => onChange({ ...values, first_name: text })}
        />
        <TextField
          label="Last name"
          autocomplete="family-name"
          maxLength={150}
          value={values.last_name}
          fault={faults['last_name']}
          onValue={text => onChange({ ...values, last_name: text })}
        />
      </div>
      <div class="form__pair">
        {fields.map(({ name, schema, required }) => (
          <SchemaField
            key={name}
            {...{ name, schema, required }}
            value={values.data[name] ?? ''}
            fault={faults[`profile_data.${name}`] ?? faults[name]}
            onValue={text => setData(name, text)}
          />
        ))}
      </div>
      {children}
      <ConsentChecks {...{ consents, values, faults, onChange }} />
    </>
  )
}

interface SchemaFieldProps extends FormField {
  readonly value: string
  readonly fault: string | undefined
  readonly onValue: (text: string) => void
}

/** One input, of the kind that the schema of the field suggests. */
function SchemaField({ name, schema, required, value, fault, onValue }: SchemaFieldProps): JSX.Element {
  const frame = { label: labelOf(name, schema), hint: hintOf(schema), required, value, fault, onValue }
  const choices = choicesOf(schema)
  if (choices !== undefined) {
    const options = choices.map(choice => ({ value: choice, label: choice }))
    return <Select {...frame} options={[{ value: '', label: 'Please choose' }, ...options]} />
  }
  const limit = schema.maxLength === undefined ? {} : { maxLength: schema.maxLength }
  return <TextField {...frame} {...limit} type={typeOf(schema)} autocomplete={completions[name] ?? 'on'} />
}

function choicesOf({ enum: listed, anyOf, type }: FieldSchema): readonly string[] | undefined {
  if (type === 'boolean') return ['true', 'false']
  const choices = listed ?? anyOf?.map(choice => choice.const)
  return choices?.every(choice => typeof choice === 'string') ? choices : undefined
}

const types: Readonly<Record<string, string>> = { phone: 'tel', email: 'email', uri: 'url', url: 'url', date: 'date' }

function typeOf({ type, format = '' }: FieldSchema): string {
  return type === 'number' || type === 'integer' ? 'number' : (types[format] ?? 'text')
}

/** What browsers can fill in by themselves, by the usual names of such fields. */
const completions: Readonly<Record<string, 'tel' | 'organization-title' | 'organization' | 'country'>> = {
  phone: 'tel',
  title: 'organization-title',
  company: 'organization',
  country: 'country',
}

function hintOf({ description, examples }: FieldSchema): string | undefined {
  const example = examples?.[0]
  return description ?? (example === undefined ? undefined : `For example: ${String(example)}`)
}

type ConsentChecksProps = Omit<ProfileFieldsProps, 'fields'>

function ConsentChecks({ consents, values, faults, onChange }: ConsentChecksProps): JSX.Element | null {
  if (consents.length === 0) return null
  const toggle = (purpose: string, given: boolean): void => {
    const others = values.consents.filter(other => other !== purpose)
    onChange({ ...values, consents: given ? [...others, purpose] : others })
  }
  return (
    <div class="stack">
      {consents.map(({ purpose, text }) => (
        <Check
          key={purpose}
          label={text}
          checked={values.consents.includes(purpose)}
          fault={faults[`consents.${purpose}`]}
          onChecked={given => toggle(purpose, given)}
        />
      ))}
    </div>
  )
}
