import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../shared/api-error.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link, navigate } from '../../shared/router.tsx'
import type { AppState } from '../../shared/sign-in.ts'
import { Loading } from '../../shared/states.tsx'
import { toast } from '../../shared/toast.tsx'
import type { Profile } from '../../shared/types.ts'
import { applyRegistration } from '../registration.ts'
import { profilePath, type Session, useSession } from '../session.tsx'

type Step = 'signing in' | 'saving' | { readonly failed: string }

/** Where the identity provider sends people back to. */
export function CallbackPage(): JSX.Element {
  const session = useSession()
  const [step, setStep] = useState<Step>('signing in')
  const begun = useRef(false)
  useEffect(() => {
    // The answer of the provider can be used once only.
    if (begun.current) return
    begun.current = true
    arrive(session, () => setStep('saving')).then(
      path => navigate(path, { replace: true }),
      (error: unknown) => {
        session.markReady()
        setStep({ failed: sentenceFor(error) })
      },
    )
  }, [])
  if (typeof step === 'object') return <SignInFailed reason={step.failed} />
  return (
    <div class="narrow">
      <PageTitle title="Signing you in" class="visually-hidden" />
      <Loading text={step === 'saving' ? 'Saving your profile' : 'Signing you in'} />
    </div>
  )
}

/** Finishes sign-in and registration; resolves to the path of the next page. */
async function arrive(session: Session, onSaving: () => void): Promise<string> {
  const appState = await session.signIn.finish()
  if (appState.registration !== undefined) onSaving()
  const lost = await finishRegistration(session, appState)
  const profile = await session.api.get<Profile>(profilePath)
  session.setProfile(profile)
  if (profile.profile_complete) return pathInside(appState.returnTo)
  // After a failure the store comes first; the reminder above each page leads back to the form.
  return lost === 'failed' ? '/' : '/complete-profile'
}

async function finishRegistration({ signIn, setWaiting }: Session, appState: AppState): Promise<'failed' | undefined> {
  const { registration, consents = [] } = appState
  const { status } = await applyRegistration({ registration: registration ?? '', consents }, signIn.token)
  if (status === 'saved') toast('Welcome! Your profile is saved.')
  if (status === 'expired') {
    toast('You filled in the form more than half an hour ago, so it was not kept. Please enter it once more.', 'bad')
  }
  if (status !== 'failed') return undefined
  setWaiting({ ...(registration === undefined ? {} : { registration }), consents })
  return 'failed'
}

/** Only paths of this app: anything else could lead people away. */
function pathInside(path = '/'): string {
  return /^\/(?![/\\])/.test(path) ? path : '/'
}

/** The provider's reason in its own words where it gave one. */
function sentenceFor(error: unknown): string {
  if (error instanceof Error && /state/i.test(error.message)) {
    return 'This sign-in was begun in another tab or too long ago. Please start again.'
  }
  return messageOf(error)
}

function SignInFailed({ reason }: { readonly reason: string }): JSX.Element {
  const { signIn } = useSession()
  return (
    <div class="state" role="alert">
      <PageTitle title="You are not signed in" />
      <p class="state__text">{reason}</p>
      <div class="row">
        <button type="button" class="button button--primary" onClick={() => void signIn.start()}>
          Try again
        </button>
        <Link href="/" class="button">
          To the start page
        </Link>
      </div>
    </div>
  )
}
