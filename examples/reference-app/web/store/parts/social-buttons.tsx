import type { JSX } from 'preact'
import { useSession } from '../session.tsx'

export interface SocialButtonsProps {
  readonly returnTo?: string | undefined
  readonly onFailed: (error: unknown) => void
}

/** One button for each connection that the configuration names. */
export function SocialButtons({ returnTo, onFailed }: SocialButtonsProps): JSX.Element {
  const { config, signIn } = useSession()
  const appState = returnTo === undefined ? {} : { returnTo }
  return (
    <div class="stack stack--s">
      {config.connections.map(({ name, label }) => (
        <button
          key={name}
          type="button"
          class="button button--wide"
          onClick={() => void signIn.start({ connection: name, appState }).catch(onFailed)}
        >
          <Mark connection={name} />
          Continue with {label}
        </button>
      ))}
    </div>
  )
}

/** A small sign for the two that are usual; none for others. */
function Mark({ connection }: { readonly connection: string }): JSX.Element | null {
  if (connection === 'github') {
    return (
      <svg
        class="button__icon"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2"
        aria-hidden="true"
      >
        <circle cx="7" cy="5" r="2.5" />
        <circle cx="7" cy="19" r="2.5" />
        <circle cx="17" cy="8" r="2.5" />
        <path d="M7 7.5v9M17 10.5c0 4-10 2-10 6" />
      </svg>
    )
  }
  if (connection === 'google-oauth2') {
    return (
      <svg
        class="button__icon"
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        stroke-width="2.5"
        aria-hidden="true"
      >
        <path d="M19 7.5A8.5 8.5 0 1 0 20.5 12H12.5" stroke-linecap="round" />
      </svg>
    )
  }
  return null
}
