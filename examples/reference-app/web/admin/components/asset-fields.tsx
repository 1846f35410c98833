import type { JSX } from 'preact'
import { Select, TextArea, TextField } from '../../shared/field.tsx'
import { humanise } from '../../shared/format.ts'
import { type Asset, assetKinds } from '../../shared/types.ts'

/** What the form holds: texts, the price in units of the currency. */
export interface AssetDraft {
  readonly title: string
  readonly summary: string
  readonly description: string
  readonly kind: string
  readonly creator: string
  readonly terms: string
  readonly price: string
  readonly currency: string
}

export const emptyDraft: AssetDraft = {
  ...{ title: '', summary: '', description: '', kind: 'photo', creator: '', terms: '', price: '0.00', currency: 'EUR' },
}

export function draftOf({
  title,
  summary,
  description,
  kind,
  creator,
  terms,
  price_cents,
  currency,
}: Asset): AssetDraft {
  return { title, summary, description, kind, creator, terms, price: (price_cents / 100).toFixed(2), currency }
}

/** As the API takes it. */
export function readDraft({ price, ...texts }: AssetDraft): object {
  return { ...texts, price_cents: Math.round(Number(price) * 100) }
}

interface AssetFieldsProps {
  readonly draft: AssetDraft
  readonly disabled: boolean
  readonly onChange: (draft: AssetDraft) => void
}

const kinds = assetKinds.map(kind => ({ value: kind, label: humanise(kind) }))
const currencies = ['EUR', 'USD', 'GBP', 'KWD'].map(value => ({ value, label: value }))

export function AssetFields({ draft, disabled, onChange }: AssetFieldsProps): JSX.Element {
  const tie = (name: keyof AssetDraft) => ({
    disabled,
    value: draft[name],
    onValue: (value: string) => onChange({ ...draft, [name]: value }),
  })
  const known = currencies.some(({ value }) => value === draft.currency)
  const offered = known ? currencies : [...currencies, { value: draft.currency, label: draft.currency }]
  return (
    <>
      <TextField label="Title" required maxLength={120} {...tie('title')} />
      <TextField label="Summary" hint="One line for lists." required maxLength={240} {...tie('summary')} />
      <TextArea label="Description" maxLength={5000} rows={5} {...tie('description')} />
      <div class="form__pair">
        <Select label="Kind" required options={kinds} {...tie('kind')} />
        <TextField label="Creator" required maxLength={120} {...tie('creator')} />
      </div>
      <div class="form__pair">
        <TextField
          label="Price"
          type="number"
          inputMode="decimal"
          min={0}
          max={1_000_000}
          step={0.01}
          required
          {...tie('price')}
        />
        <Select label="Currency" required options={offered} {...tie('currency')} />
      </div>
      <TextArea label="Terms" hint="What a licence allows." maxLength={2000} rows={3} {...tie('terms')} />
    </>
  )
}
