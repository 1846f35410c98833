import { savePending } from 'fastify-auth0-users/browser'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { messageOf } from '../../shared/api-error.ts'
import { TextField } from '../../shared/field.tsx'
import { PageTitle } from '../../shared/page.tsx'
import { Link } from '../../shared/router.tsx'
import type { AppState } from '../../shared/sign-in.ts'
import type { ConsentText } from '../../shared/types.ts'
import { FaultSummary } from '../parts/fault-summary.tsx'
import { Form } from '../parts/form.tsx'
import { check } from '../parts/profile-check.ts'
import { ProfileFields } from '../parts/profile-fields.tsx'
import {
  emptyValues,
  type Faults,
  type FormField,
  type FormValues,
  formFields,
  toProfileData,
} from '../parts/profile-values.ts'
import { SocialButtons } from '../parts/social-buttons.tsx'
import { StandInNote } from '../parts/stand-in-note.tsx'
import { useSession } from '../session.tsx'

/** Who you are stays here; how you prove it, with the password, is between you and the identity provider. */
export function RegisterPage(): JSX.Element {
  const [problem, setProblem] = useState('')
  return (
    <div class="narrow stack stack--l">
      <div class="stack stack--s">
        <PageTitle title="Register" />
        <p class="muted">
          Already a member? <Link href="/sign-in">Sign in</Link>
        </p>
      </div>
      <FaultSummary problem={problem} />
      <div class="card stack stack--l">
        <SocialButtons onFailed={error => setProblem(messageOf(error))} />
        <p class="or">or with your email address</p>
        <RegisterForm onProblem={setProblem} />
      </div>
      <StandInNote />
    </div>
  )
}

function RegisterForm({ onProblem }: { readonly onProblem: (text: string) => void }): JSX.Element {
  const { config, signIn } = useSession()
  // Only what is required: more can be added later, in the account.
  const fields = useMemo(
    () => formFields(config.profile.schema, config.profile.required).filter(field => field.required),
    [config],
  )
  const [values, setValues] = useState(() => emptyValues(fields))
  const [email, setEmail] = useState('')
  const [faults, setFaults] = useState<Faults>({})

  const submit = async (): Promise<void> => {
    const found = { ...check(values, fields, config.consents), ...checkEmail(email) }
    setFaults(found)
    if (Object.keys(found).length > 0) return onProblem('Please look at the marked fields.')
    const appState = keep(values, fields, config.consents)
    await signIn
      .start({ appState, signUp: { email: email.trim() } })
      .catch((error: unknown) => onProblem(messageOf(error)))
  }
  return (
    <Form onSubmit={submit}>
      <ProfileFields {...{ fields, values, faults }} consents={config.consents} onChange={setValues}>
        <TextField
          label="Email"
          required
          type="email"
          autocomplete="email"
          value={email}
          fault={faults['email']}
          onValue={setEmail}
        />
      </ProfileFields>
      <PasswordNote />
      <button type="submit" class="button button--primary button--wide">
        Next: choose a password
      </button>
    </Form>
  )
}

function PasswordNote(): JSX.Element {
  return (
    <div class="note note--good">
      <strong>Your password comes next</strong>
      <p class="small">
        You choose it on the page of the sign-in service. This store never sees it; your name, phone and title never go
        there.
      </p>
    </div>
  )
}

/** Keeps the data in this tab for half an hour; what comes back from the sign-in names them. */
function keep(values: FormValues, fields: readonly FormField[], texts: readonly ConsentText[]): AppState {
  const pending = savePending({
    first_name: values.first_name.trim(),
    last_name: values.last_name.trim(),
    profile_data: toProfileData(values, fields) as Readonly<Record<string, string>>,
  })
  const consents = texts
    .filter(({ purpose }) => values.consents.includes(purpose))
    .map(({ purpose, version }) => ({ purpose, version }))
  // Where the browser keeps nothing, the completion form asks again after the sign-in.
  return pending.status === 'saved' ? { registration: pending.state, consents } : {}
}

function checkEmail(email: string): Faults {
  const fine = /^[^\s@]+@[^\s@]+$/.test(email.trim())
  return fine ? {} : { email: 'Please enter your email address, such as name@example.com.' }
}
