import type { ComponentChildren, JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { Api } from '../../shared/api.ts'
import { ApiError, messageOf } from '../../shared/api-error.ts'
import type { ConsentText, Profile } from '../../shared/types.ts'
import { profilePath, useProfile, useSession } from '../session.tsx'
import { FaultSummary } from './fault-summary.tsx'
import { Form } from './form.tsx'
import { check } from './profile-check.ts'
import { ProfileFields } from './profile-fields.tsx'
import {
  type Faults,
  type FormField,
  type FormValues,
  formFields,
  purposesOf,
  toPatch,
  valuesOf,
} from './profile-values.ts'

export interface ProfileFormProps {
  readonly action: string
  readonly onSaved: () => void
  /** Asks for all consents [only for those that a field demands]. */
  readonly allConsents?: boolean
  /** Further buttons. */
  readonly children?: ComponentChildren
}

/** The person's own data, to be completed or changed; the inputs follow the host's JSON Schema. */
export function ProfileForm({ action, onSaved, allConsents = false, children }: ProfileFormProps): JSX.Element {
  const { config } = useSession()
  const fields = useMemo(() => formFields(config.profile.schema, config.profile.required), [config])
  const texts = allConsents ? config.consents : purposesOf(fields, config.consents)
  const { values, setValues, faults, problem, busy, submit } = useSaving(fields, texts, onSaved)
  return (
    <Form onSubmit={submit}>
      <FaultSummary problem={problem} />
      <ProfileFields {...{ fields, values, faults }} consents={texts} onChange={setValues} />
      <div class="row">
        <button type="submit" class="button button--primary" disabled={busy}>
          {busy ? 'Saving …' : action}
        </button>
        {children}
      </div>
    </Form>
  )
}

interface Saving {
  readonly values: FormValues
  readonly setValues: (values: FormValues) => void
  readonly faults: Faults
  readonly problem: string
  readonly busy: boolean
  readonly submit: () => Promise<void>
}

/** What the form holds, and what becomes of it. */
function useSaving(fields: readonly FormField[], texts: readonly ConsentText[], onSaved: () => void): Saving {
  const { api, setProfile } = useSession()
  const profile = useProfile()
  const [values, setValues] = useState(() => valuesOf(profile, fields))
  const [faults, setFaults] = useState<Faults>({})
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const show = (found: Faults, sentence: string): void => {
    setFaults(found)
    setProblem(sentence)
  }
  const submit = async (): Promise<void> => {
    const found = check(values, fields, texts)
    if (Object.keys(found).length > 0) return show(found, 'Please look at the marked fields.')
    setBusy(true)
    try {
      setProfile(await save(api, { profile, values, fields, texts }))
      show({}, '')
      onSaved()
    } catch (error) {
      show(error instanceof ApiError ? error.faults : {}, messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return { values, setValues, faults, problem, busy, submit }
}

interface Change {
  readonly profile: Profile
  readonly values: FormValues
  readonly fields: readonly FormField[]
  readonly texts: readonly ConsentText[]
}

/** Consents first, for the fields that need them; then what has changed. */
async function save(api: Api, { profile, values, fields, texts }: Change): Promise<Profile> {
  for (const { purpose, version } of texts) {
    const granted = profile.consents.some(consent => consent.purpose === purpose && consent.granted)
    const wanted = values.consents.includes(purpose)
    if (wanted && !granted) await api.put(`${profilePath}consents/`, { purpose, version, granted: true })
  }
  return await api.patch<Profile>(profilePath, toPatch(profile, values, fields))
}
