import type { ComponentChildren, JSX } from 'preact'
import { messageOf } from './api-error.ts'

/** Something is on its way; `text` is also what a screen reader says. */
export function Loading({ text = 'Loading' }: { readonly text?: string }): JSX.Element {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      <span class="state__text">{text} …</span>
    </div>
  )
}

export interface FailedProps {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly children?: ComponentChildren
}

/** It did not work: why, and a way to try again. */
export function Failed({ error, onRetry, children }: FailedProps): JSX.Element {
  return (
    <div class="state" role="alert">
      <svg class="state__art" viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="3" aria-hidden="true">
        <circle cx="32" cy="32" r="26" />
        <path d="M32 18v18M32 44v2" stroke-linecap="round" />
      </svg>
      <p class="state__text">{messageOf(error)}</p>
      <div class="row">
        {onRetry !== undefined && (
          <button type="button" class="button" onClick={onRetry}>
            Try again
          </button>
        )}
        {children}
      </div>
    </div>
  )
}

export interface EmptyProps {
  readonly title: string
  readonly children?: ComponentChildren
}

/** There is nothing here yet: what that means, and what to do. */
export function Empty({ title, children }: EmptyProps): JSX.Element {
  return (
    <div class="state">
      <svg class="state__art" viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="3" aria-hidden="true">
        <rect x="10" y="14" width="44" height="36" rx="6" />
        <path d="m10 42 13-12 10 9 8-7 13 11" stroke-linejoin="round" />
        <circle cx="42" cy="25" r="4" />
      </svg>
      <h2>{title}</h2>
      <div class="state__text stack">{children}</div>
    </div>
  )
}
