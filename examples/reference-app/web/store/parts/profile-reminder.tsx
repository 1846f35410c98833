import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Link } from '../../shared/router.tsx'
import { toast } from '../../shared/toast.tsx'
import type { Profile } from '../../shared/types.ts'
import { applyRegistration } from '../registration.ts'
import { profilePath, useProfile, useSession } from '../session.tsx'

/** While the profile lacks something: a word about it above each page, and the ways to finish it. */
export function ProfileReminder(): JSX.Element | null {
  const { waiting } = useSession()
  const { profile_complete: complete } = useProfile()
  if (complete) return null
  return (
    <aside class="note note--wait reminder" aria-label="Your profile">
      <p>
        {waiting === undefined
          ? 'Your profile is not complete yet. You can use the store all the same.'
          : 'You are signed in, but your profile could not be saved. You can go on and finish it later.'}
      </p>
      <div class="row">
        {waiting !== undefined && <SaveAgain />}
        <Link href="/complete-profile">Complete your profile</Link>
      </div>
    </aside>
  )
}

/** Sends the data of the registration once more, which are still in this tab. */
function SaveAgain(): JSX.Element {
  const { api, signIn, waiting, setWaiting, setProfile } = useSession()
  const [busy, setBusy] = useState(false)
  const save = async (): Promise<void> => {
    setBusy(true)
    const { status } = await applyRegistration(waiting ?? {}, signIn.token)
    setBusy(false)
    if (status === 'failed') return toast('It did not work this time either. Please try again later.', 'bad')
    setWaiting(undefined)
    if (status !== 'saved') return toast('The form was filled in too long ago. Please complete your profile.', 'bad')
    setProfile(await api.get<Profile>(profilePath))
    toast('Your profile is saved.')
  }
  return (
    <button type="button" class="button button--small" disabled={busy} onClick={() => void save()}>
      {busy ? 'Saving …' : 'Try to save it again'}
    </button>
  )
}
