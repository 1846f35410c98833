import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../shared/dialog.tsx'
import { toast } from '../../shared/toast.tsx'
import { Failure } from './feedback.tsx'

export interface FormDialogProps {
  readonly title: string
  readonly action: string
  readonly danger?: boolean
  readonly onClose: () => void
  /** The dialog closes when this is done, and shows the error when it fails. Resolves to the sentence to show. */
  readonly onSubmit: () => Promise<string | undefined>
  readonly children: ComponentChildren
}

/** A question or a small form with one action. */
export function FormDialog(props: FormDialogProps): JSX.Element {
  const { title, action, danger = false, onSubmit, onClose, children } = props
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      const message = await onSubmit()
      if (message !== undefined) toast(message)
      onClose()
      keepFocus()
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack stack--l" onSubmit={submit}>
        {children}
        {error !== undefined && <Failure error={error} />}
        <div class="dialog__actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class={`button ${danger ? 'button--danger' : 'button--primary'}`} aria-disabled={busy}>
            {busy ? 'One moment …' : action}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

/** Milliseconds that a list may take to show what a change did. */
const settling = 3000

/** What opened a dialog may go with what the dialog did; then the heading of the page takes the focus. */
function keepFocus(): void {
  const observer = new MutationObserver(check)
  function check(): void {
    if (document.activeElement !== document.body) return
    observer.disconnect()
    document.querySelector('h1')?.focus({ preventScroll: true })
  }
  observer.observe(document.body, { childList: true, subtree: true })
  setTimeout(check)
  setTimeout(() => observer.disconnect(), settling)
}
