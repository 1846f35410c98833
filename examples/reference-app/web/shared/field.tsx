import type { ComponentChildren, JSX } from 'preact'
import { useId } from 'preact/hooks'

export interface FieldFrame {
  readonly label: string
  readonly hint?: string | undefined
  /** What is wrong with the value. */
  readonly fault?: string | undefined
  readonly required?: boolean
}

/** The attributes that tie an input to its label, hint and fault. */
interface Ties {
  readonly id: string
  readonly required: boolean
  readonly 'aria-invalid': boolean
  readonly 'aria-describedby'?: string
}

interface FrameProps extends FieldFrame {
  readonly children: (ties: Ties) => ComponentChildren
}

/** Label above, hint below it, then the input, and the fault under it. */
function Frame({ label, hint, fault, required = false, children }: FrameProps): JSX.Element {
  const id = useId()
  const describedBy = [...(hint === undefined ? [] : [`${id}-hint`]), ...(fault === undefined ? [] : [`${id}-fault`])]
  const described = describedBy.length === 0 ? {} : { 'aria-describedby': describedBy.join(' ') }
  return (
    <div class="field">
      <label class="field__label" for={id}>
        {label} {!required && <span class="field__optional">optional</span>}
      </label>
      {hint !== undefined && (
        <span class="field__hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {children({ id, required, 'aria-invalid': fault !== undefined, ...described })}
      {fault !== undefined && (
        <span class="field__fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
    </div>
  )
}

type Own = 'id' | 'class' | 'label' | 'value' | 'onInput' | 'required'

interface Value {
  readonly value: string
  readonly onValue: (value: string) => void
}

export type TextFieldProps = FieldFrame & Value & Omit<JSX.IntrinsicElements['input'], Own>

export function TextField({
  label,
  hint,
  fault,
  required = false,
  value,
  onValue,
  ...rest
}: TextFieldProps): JSX.Element {
  return (
    <Frame {...{ label, hint, fault, required }}>
      {ties => (
        <input class="input" {...rest} {...ties} value={value} onInput={event => onValue(event.currentTarget.value)} />
      )}
    </Frame>
  )
}

export type TextAreaProps = FieldFrame & Value & Omit<JSX.IntrinsicElements['textarea'], Own>

export function TextArea({
  label,
  hint,
  fault,
  required = false,
  value,
  onValue,
  ...rest
}: TextAreaProps): JSX.Element {
  return (
    <Frame {...{ label, hint, fault, required }}>
      {ties => (
        <textarea
          class="input"
          {...rest}
          {...ties}
          value={value}
          onInput={event => onValue(event.currentTarget.value)}
        />
      )}
    </Frame>
  )
}

export interface SelectProps extends FieldFrame, Value {
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly disabled?: boolean
}

export function Select({
  label,
  hint,
  fault,
  required = false,
  value,
  onValue,
  options,
  disabled,
}: SelectProps): JSX.Element {
  return (
    <Frame {...{ label, hint, fault, required }}>
      {ties => (
        <select
          class="input"
          {...ties}
          value={value}
          disabled={disabled === true}
          onInput={event => onValue(event.currentTarget.value)}
        >
          {options.map(option => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  )
}

export interface CheckProps {
  readonly label: ComponentChildren
  readonly hint?: string | undefined
  readonly fault?: string | undefined
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChecked: (checked: boolean) => void
}

export function Check({ label, hint, fault, checked, disabled = false, onChecked }: CheckProps): JSX.Element {
  const id = useId()
  const described = fault !== undefined ? `${id}-fault` : hint !== undefined ? `${id}-hint` : undefined
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        aria-invalid={fault !== undefined}
        {...(described === undefined ? {} : { 'aria-describedby': described })}
        onChange={event => onChecked(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint !== undefined && (
        <span class="field__hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {fault !== undefined && (
        <span class="field__fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
    </div>
  )
}
