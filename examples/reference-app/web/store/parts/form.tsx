import type { ComponentChildren, JSX } from 'preact'
import { useRef } from 'preact/hooks'

export interface FormProps {
  /** Never rejects: the caller shows what went wrong. */
  readonly onSubmit: () => Promise<void>
  readonly children: ComponentChildren
}

/** A form that is checked by its owner. After a submit the first input that is marked has the focus. */
export function Form({ onSubmit, children }: FormProps): JSX.Element {
  const form = useRef<HTMLFormElement>(null)
  const submit = async (): Promise<void> => {
    await onSubmit()
    // Once the marks are on the page.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  return (
    <form
      ref={form}
      class="form"
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      {children}
    </form>
  )
}
