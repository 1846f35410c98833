import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { dayAndTime } from '../../shared/format.ts'
import { formatRelative } from '../lib/format.ts'

export type Tone = 'good' | 'wait' | 'bad' | 'plain'

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={tone === 'plain' ? 'badge' : `badge badge--${tone}`}>{children}</span>
}

/** A moment, in relation to now; the exact one on hover and for machines. */
export function When({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="muted">never</span>
  return (
    <time dateTime={at} title={dayAndTime(at)}>
      {formatRelative(at)}
    </time>
  )
}

export interface Fact {
  readonly label: string
  readonly value: ComponentChildren
}

/** Labels with values. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Initials in a circle; decoration only. */
export function Avatar({ name, large = false }: { readonly name: string; readonly large?: boolean }) {
  const words = name.split(/[\s@.]+/).filter(Boolean)
  const initials = [words[0], words[1]].map(word => word?.[0]?.toUpperCase() ?? '').join('')
  return (
    <span class={large ? 'avatar avatar--large' : 'avatar'} aria-hidden="true">
      {initials}
    </span>
  )
}

/** Copies a text; says so, because nothing else shows it. */
export function CopyButton({ text }: { readonly text: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setState('copied')
    } catch {
      setState('failed')
    }
  }
  const labels = { ready: 'Copy', copied: 'Copied', failed: 'Select and copy it by hand' }
  return (
    <button type="button" class="button button--small" onClick={copy}>
      <span aria-live="polite">{labels[state]}</span>
    </button>
  )
}

interface AskingProps {
  readonly what: string
  /** What it is about, for those who hear the button alone. */
  readonly children: ComponentChildren
}

/** The text of a button that asks before it does something. */
export function Asking({ what, children }: AskingProps) {
  return (
    <span>
      {what}
      <span class="visually-hidden"> {children}</span> …
    </span>
  )
}
