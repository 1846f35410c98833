import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../../shared/api-error.ts'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import { FaultSummary } from '../parts/fault-summary.tsx'
import { SocialButtons } from '../parts/social-buttons.tsx'
import { StandInNote } from '../parts/stand-in-note.tsx'
import { useSession } from '../session.tsx'

/** @param props.returnTo the page that the person wanted to see. */
export function SignInPage({ returnTo }: { readonly returnTo?: string }): JSX.Element {
  const { signIn } = useSession()
  const [problem, setProblem] = useState('')
  const fail = (error: unknown): void => setProblem(`The sign-in service is not reachable: ${messageOf(error)}`)
  const appState = returnTo === undefined ? {} : { returnTo }
  return (
    <div class="narrow narrow--s stack stack--l">
      <div class="stack stack--s">
        <PageTitle title="Sign in" />
        <p class="muted">
          {returnTo === undefined ? 'Welcome back.' : 'This page is for members. You return to it after signing in.'}
        </p>
      </div>
      <FaultSummary problem={problem} />
      <div class="card stack">
        <button
          type="button"
          class="button button--primary button--wide"
          onClick={() => void signIn.start({ appState }).catch(fail)}
        >
          Continue with email
        </button>
        <p class="or">or</p>
        <SocialButtons returnTo={returnTo} onFailed={fail} />
      </div>
      <StandInNote />
      <p>
        New here? <Link href="/register">Register</Link>
      </p>
    </div>
  )
}
