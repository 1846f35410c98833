import type { JSX } from 'preact'

/** Above a form: that it was not accepted. Always in the page, so that it is read out when it fills. */
export function FaultSummary({ problem }: { readonly problem: string }): JSX.Element {
  return (
    <div role="alert" class="fault-summary">
      {problem !== '' && <p class="note note--bad">{problem}</p>}
    </div>
  )
}
