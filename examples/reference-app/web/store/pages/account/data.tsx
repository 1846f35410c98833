import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { saveFile } from '../../../shared/api.ts'
import { messageOf } from '../../../shared/api-error.ts'
import { Confirm } from '../../../shared/dialog.tsx'
import { navigate } from '../../../shared/router.tsx'
import { toast } from '../../../shared/toast.tsx'
import type { Profile } from '../../../shared/types.ts'
import { profilePath, useSession } from '../../session.tsx'

/** Take everything along, or have the profile deleted. */
export function DataSection(): JSX.Element {
  const [asking, setAsking] = useState(false)
  return (
    <section class="stack" aria-labelledby="data-heading">
      <h2 id="data-heading">Your data</h2>
      <div class="card stack stack--l">
        <div class="choice">
          <div>
            <h3>Export</h3>
            <p class="muted">Everything that this store holds on you, as one JSON file.</p>
          </div>
          <ExportButton />
        </div>
        <div class="choice">
          <div>
            <h3>Delete</h3>
            <p class="muted">Removes your names and profile. Your sign-in stays with the sign-in service.</p>
          </div>
          <button type="button" class="button button--danger" onClick={() => setAsking(true)}>
            Delete my profile
          </button>
        </div>
      </div>
      {asking && <DeleteDialog onClose={() => setAsking(false)} />}
    </section>
  )
}

function ExportButton(): JSX.Element {
  const { api } = useSession()
  const [busy, setBusy] = useState(false)
  const fetchFile = async (): Promise<void> => {
    setBusy(true)
    try {
      const { blob, name = 'personal-data.json' } = await api.download(`${profilePath}export/`)
      saveFile(blob, name)
    } catch (error) {
      toast(messageOf(error), 'bad')
    } finally {
      setBusy(false)
    }
  }
  return (
    <button type="button" class="button" disabled={busy} onClick={() => void fetchFile()}>
      {busy ? 'Collecting …' : 'Download my data'}
    </button>
  )
}

function DeleteDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { api, setProfile, setWaiting } = useSession()
  const [busy, setBusy] = useState(false)
  const erase = async (): Promise<void> => {
    setBusy(true)
    try {
      await api.delete(profilePath)
      setWaiting(undefined)
      setProfile(await api.get<Profile>(profilePath))
      toast('Your profile is deleted.')
      navigate('/complete-profile')
    } catch (error) {
      toast(messageOf(error), 'bad')
      setBusy(false)
    }
  }
  return (
    <Confirm
      title="Delete your profile?"
      action="Delete my profile"
      busy={busy}
      onClose={onClose}
      onConfirm={() => void erase()}
    >
      <p>Your names, phone, title and consents are removed at once. This cannot be taken back.</p>
    </Confirm>
  )
}
