import type { JSX } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'

interface LabelledProps {
  readonly label: string
  readonly children: (id: string) => JSX.Element
}

/** A filter with its label above it. */
export function Filter({ label, children }: LabelledProps): JSX.Element {
  const id = useId()
  return (
    <div class="field filter">
      <label class="field__label small" for={id}>
        {label}
      </label>
      {children(id)}
    </div>
  )
}

interface SearchProps {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  readonly onSearch: (text: string) => void
}

/** Milliseconds without a key after which a search begins. */
const pause = 300

/** A search field that searches while one types, a moment after the last key, and at once with Enter. */
export function Search({ label, placeholder = '', value, onSearch }: SearchProps): JSX.Element {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onSearch(text.trim()), pause)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <Filter label={label}>
      {id => (
        <input
          id={id}
          class="input"
          type="search"
          autoComplete="off"
          placeholder={placeholder}
          maxLength={200}
          value={text}
          onInput={event => setText(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') onSearch(text.trim())
          }}
        />
      )}
    </Filter>
  )
}
