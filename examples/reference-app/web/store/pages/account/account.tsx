import type { JSX } from 'preact'
import { PageTitle } from '../../../shared/page.tsx'
import { toast } from '../../../shared/toast.tsx'
import { ProfileForm } from '../../parts/profile-form.tsx'
import { useProfile } from '../../session.tsx'
import { ActivitySection } from './activity.tsx'
import { ConsentsSection } from './consents.tsx'
import { DataSection } from './data.tsx'
import { SessionsSection } from './sessions.tsx'

/** Everything about the person: to see, to change, to take along, and to delete. */
export function AccountPage(): JSX.Element {
  const { email, updated_at: version } = useProfile()
  return (
    <div class="medium stack stack--xl">
      <div class="stack stack--s">
        <PageTitle title="My account" />
        {email !== null && <p class="muted">{email} – this address comes from the sign-in service</p>}
      </div>
      <section class="stack" aria-labelledby="profile-heading">
        <h2 id="profile-heading">Profile</h2>
        <div class="card">
          {/* A new form for each version, so that it shows what is stored. */}
          <ProfileForm key={version} action="Save" onSaved={() => toast('Your changes are saved.')} />
        </div>
      </section>
      <ConsentsSection />
      <DataSection />
      {/* What is loaded comes last, so that nothing above moves. */}
      <SessionsSection />
      <ActivitySection />
    </div>
  )
}
