import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useLoad } from '../../shared/load.ts'
import { navigate } from '../../shared/router.tsx'
import { toast } from '../../shared/toast.tsx'
import type { Asset } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import { type AssetDraft, AssetFields, draftOf, emptyDraft, readDraft } from '../components/asset-fields.tsx'
import { FormDialog } from '../components/dialog.tsx'
import { Failure, Show } from '../components/feedback.tsx'
import { PageHead } from '../components/page.tsx'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'
import { NotYours } from './not-found.tsx'

const back = { href: `${root}/assets`, label: 'Assets' }

/** An asset, or a new one for the id `new`. */
export function AssetForm({ id }: { readonly id: string }): JSX.Element {
  const { can } = useStaff()
  if (id !== 'new') return <ExistingAsset id={id} />
  return can('store.add_asset') ? <Editor title="New asset" draft={emptyDraft} /> : <NotYours title="New asset" />
}

function ExistingAsset({ id }: { readonly id: string }): JSX.Element {
  const load = useLoad(() => api.get<Asset>(`/store/assets/${encodeURIComponent(id)}`), [id])
  if (load.loaded.state === 'ready') {
    const asset = load.loaded.data
    return <Editor title={asset.title} draft={draftOf(asset)} asset={asset} />
  }
  return (
    <>
      <PageHead title="Asset" back={back} />
      <Show load={load}>{() => null}</Show>
    </>
  )
}

interface EditorProps {
  readonly title: string
  readonly draft: AssetDraft
  readonly asset?: Asset
}

function Editor({ title, draft: given, asset }: EditorProps): JSX.Element {
  const { can } = useStaff()
  const [draft, setDraft] = useState(given)
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const editable = asset === undefined || can('store.change_asset')

  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      if (asset === undefined) await api.post('/store/assets', readDraft(draft))
      else await api.patch(`/store/assets/${asset.id}`, readDraft(draft))
      toast(asset === undefined ? `${draft.title} is in the store now.` : 'The asset was saved.')
      navigate(back.href)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }

  const remove = asset !== undefined && can('store.delete_asset') && (
    <button type="button" class="button button--danger" onClick={() => setDeleting(true)}>
      Delete …
    </button>
  )
  return (
    <>
      <PageHead title={title} back={back} actions={remove} />
      <form class="card stack stack--l narrow" onSubmit={save}>
        {asset !== undefined && (
          <img class="asset-preview" src={asset.preview_url} alt="" width="320" height="240" loading="lazy" />
        )}
        <AssetFields draft={draft} disabled={!editable} onChange={setDraft} />
        {error !== undefined && <Failure error={error} />}
        {editable && (
          <div class="row">
            <button type="submit" class="button button--primary" aria-disabled={busy}>
              {busy ? 'Saving …' : 'Save'}
            </button>
          </div>
        )}
      </form>
      {deleting && asset !== undefined && <DeleteDialog asset={asset} onClose={() => setDeleting(false)} />}
    </>
  )
}

function DeleteDialog({ asset, onClose }: { readonly asset: Asset; readonly onClose: () => void }): JSX.Element {
  return (
    <FormDialog
      title="Delete this asset?"
      action="Delete"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await api.delete(`/store/assets/${asset.id}`)
        navigate(back.href)
        return `${asset.title} was deleted.`
      }}
    >
      <p>
        <strong>{asset.title}</strong> disappears from the store. This cannot be taken back.
      </p>
    </FormDialog>
  )
}
