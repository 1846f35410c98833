import type { JSX } from 'preact'
import { formatCount, formatShare } from '../lib/format.ts'

interface Step {
  readonly label: string
  readonly value: number
}

/** How many are left after each step; the figures are next to the bars. */
export function Funnel({ steps }: { readonly steps: readonly Step[] }): JSX.Element {
  const most = Math.max(1, ...steps.map(({ value }) => value))
  return (
    <ol class="plain funnel">
      {steps.map(({ label, value }) => (
        <li key={label} class="funnel__step">
          <span class="funnel__label">{label}</span>
          <svg class="funnel__bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="funnel__track" width="100" height="10" />
            <rect class="mark mark--0" width={(100 * value) / most} height="10" />
          </svg>
          <span class="funnel__value">
            {formatCount(value)} <span class="muted small">{formatShare(value / most)}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}
