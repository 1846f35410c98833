import type { JSX } from 'preact'
import { useSession } from '../session.tsx'

/** Shown next to sign-in buttons while the stand-in plays the provider. */
export function StandInNote(): JSX.Element | null {
  const { config } = useSession()
  if (!config.stand_in) return null
  return (
    <p class="note small">
      This store runs with a local stand-in for Auth0: any email address will do, and the people behind the other
      buttons are invented.
    </p>
  )
}
