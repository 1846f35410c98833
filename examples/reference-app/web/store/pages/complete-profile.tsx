import type { JSX } from 'preact'
import { PageTitle } from '../../shared/page.tsx'
import { Link, navigate } from '../../shared/router.tsx'
import { toast } from '../../shared/toast.tsx'
import { ProfileForm } from '../parts/profile-form.tsx'
import { useProfile } from '../session.tsx'

/** After a sign-in without a registration, and whenever something is missing. */
export function CompleteProfilePage(): JSX.Element {
  const { email } = useProfile()
  const saved = (): void => {
    toast('Your profile is saved.')
    navigate('/')
  }
  return (
    <div class="narrow stack stack--l">
      <div class="stack stack--s">
        <p class="eyebrow">Almost there</p>
        <PageTitle title="Complete your profile" />
        <p class="muted">
          You are signed in{email === null ? '' : ` as ${email}`}. A few details about you, which only this store keeps:
        </p>
      </div>
      <div class="card">
        <ProfileForm action="Save and continue" allConsents onSaved={saved}>
          <Link href="/" class="button button--quiet">
            Not now
          </Link>
        </ProfileForm>
      </div>
    </div>
  )
}
