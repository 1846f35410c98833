import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiError } from '../../shared/api-error.ts'
import { explain } from '../api/explain.ts'
import type { SessionControl, SessionState } from './session.ts'

/** A single panel in the middle of the screen. */
function Screen({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} – Administration – Verso`
  }, [title])
  return (
    <main class="screen">
      <div class="card screen__card stack stack--l">
        <p class="brand">
          <img src="/icon.svg" alt="" width="32" height="32" />
          Verso <span class="muted">administration</span>
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  )
}

/** What is shown to a user who is not signed in. */
export function SessionScreen({ control }: { readonly control: SessionControl }) {
  const { state } = control
  switch (state.step) {
    case 'checking':
    case 'signed-in':
      return <Checking />
    case 'signed-out':
      return <SignIn control={control} why={state.why} />
    case 'refused':
      return <Refused control={control} error={state.error} />
    case 'failed':
      return <Failed control={control} error={state.error} />
  }
}

/** Shown late, because the answer usually comes at once. */
function Checking() {
  return (
    <main class="screen">
      <h1 class="visually-hidden">Administration</h1>
      <div class="spinner screen__spinner" role="status">
        <span class="visually-hidden">Looking whether you are signed in …</span>
      </div>
    </main>
  )
}

type Why = (SessionState & { step: 'signed-out' })['why']

const reasons: Readonly<Record<'over' | 'left', string>> = {
  over: 'Your session has ended. Sign in again to go on where you were.',
  left: 'You have signed out, and your session is over.',
}

function SignIn({ control, why }: { readonly control: SessionControl; readonly why?: Why | undefined }) {
  const [busy, setBusy] = useState(false)
  const signIn = (): void => {
    setBusy(true)
    void control.signIn()
  }
  return (
    <Screen title="Sign in">
      {why === undefined ? null : (
        <p class={why === 'over' ? 'note note--wait' : 'note note--good'} role="status">
          {reasons[why]}
        </p>
      )}
      <p class="muted">For the people who run the store: requests, assets, accounts and how everything is going.</p>
      <button type="button" class="button button--primary button--wide" aria-disabled={busy} onClick={signIn}>
        {busy ? 'One moment …' : 'Continue to sign in'}
      </button>
      <p class="small">
        <a href="/">To the store</a>
      </p>
    </Screen>
  )
}

const refusals: Readonly<Record<string, string>> = {
  A0U_STAFF_REQUIRED:
    'You are signed in, but this part of Verso is for staff. Ask an administrator if you should have it.',
  A0U_USER_INACTIVE: 'Your account was deactivated. Ask an administrator if you think that this is a mistake.',
}

interface WithError {
  readonly control: SessionControl
  readonly error: unknown
}

function Refused({ control, error }: WithError) {
  const code = error instanceof ApiError ? error.code : ''
  return (
    <Screen title="This part is for staff">
      <p class="note note--bad" role="alert">
        {refusals[code] ?? explain(error).text}
      </p>
      <div class="stack stack--s">
        <a class="button button--primary" href="/">
          To the store
        </a>
        <button type="button" class="button" onClick={() => void control.signIn({ anew: true })}>
          Use a different account
        </button>
      </div>
    </Screen>
  )
}

function Failed({ control, error }: WithError) {
  const { title, text } = describe(error)
  // An error that is not a response of the API may be a part of these pages that a newer version replaced.
  const retry = error instanceof ApiError ? control.retry : () => location.reload()
  return (
    <Screen title={title}>
      <p class="note note--bad" role="alert">
        {text}
      </p>
      <div class="row">
        <button type="button" class="button button--primary" onClick={retry}>
          Try again
        </button>
        <a class="button" href="/">
          To the store
        </a>
      </div>
    </Screen>
  )
}

/** The identity provider's errors are no `ApiError`. */
function describe(error: unknown): { readonly title: string; readonly text: string } {
  if (error instanceof ApiError) return explain(error)
  return {
    title: 'Signing in did not work',
    text: 'The identity provider could not be reached, or it refused. Try again.',
  }
}
