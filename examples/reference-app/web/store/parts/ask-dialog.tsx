import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError, messageOf } from '../../shared/api-error.ts'
import { Dialog } from '../../shared/dialog.tsx'
import { TextArea } from '../../shared/field.tsx'
import type { Asset } from '../../shared/types.ts'
import { useSession } from '../session.tsx'
import { Form } from './form.tsx'

export interface AskDialogProps {
  readonly asset: Asset
  readonly onClose: () => void
  readonly onAsked: () => void
}

/** Asks what the licence is for, and sends the request. */
export function AskDialog({ asset, onClose, onAsked }: AskDialogProps): JSX.Element {
  const { api } = useSession()
  const [purpose, setPurpose] = useState('')
  const [fault, setFault] = useState<string | undefined>()
  const [busy, setBusy] = useState(false)

  const send = async (): Promise<void> => {
    if (purpose.trim().length < 3) return setFault('Please say in a few words what it is for.')
    setBusy(true)
    try {
      await api.post('/store/access-requests', { asset_id: asset.id, purpose: purpose.trim() })
      onAsked()
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) return onAsked()
      setFault(messageOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title="Ask for a licence" onClose={onClose}>
      <Form onSubmit={send}>
        <TextArea
          label={`What will you use “${asset.title}” for?`}
          hint="A sentence is enough. It is read by a person."
          required
          maxLength={1000}
          value={purpose}
          fault={fault}
          onValue={setPurpose}
        />
        <Actions busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}

function Actions({ busy, onCancel }: { readonly busy: boolean; readonly onCancel: () => void }): JSX.Element {
  return (
    <div class="dialog__actions">
      <button type="button" class="button" onClick={onCancel}>
        Cancel
      </button>
      <button type="submit" class="button button--primary" disabled={busy}>
        {busy ? 'Sending …' : 'Send the request'}
      </button>
    </div>
  )
}
