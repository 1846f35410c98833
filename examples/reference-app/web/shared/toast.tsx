import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: 'good' | 'bad'
}

/** Milliseconds that a message stays; bad news stays until it is closed. */
const stay = 6000

let toasts: readonly Toast[] = []
let lastId = 0
const listeners = new Set<() => void>()

function change(next: readonly Toast[]): void {
  toasts = next
  for (const listener of listeners) listener()
}

const close = (id: number): void => change(toasts.filter(toast => toast.id !== id))

/** Tells the person something in passing; at most three are shown. */
export function toast(text: string, kind: Toast['kind'] = 'good'): void {
  lastId += 1
  const id = lastId
  change([...toasts, { id, text, kind }].slice(-3))
  if (kind === 'good') setTimeout(() => close(id), stay)
}

/** Where toasts appear. Always in the page, since screen readers watch only what was there before. */
export function Toasts(): JSX.Element {
  const [shown, setShown] = useState(toasts)
  useEffect(() => {
    const update = (): void => setShown(toasts)
    listeners.add(update)
    return () => void listeners.delete(update)
  }, [])
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, kind }) => (
        <div key={id} class={kind === 'bad' ? 'toast toast--bad' : 'toast'}>
          <span>{text}</span>
          <button type="button" class="toast__close" aria-label="Close this message" onClick={() => close(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  )
}
