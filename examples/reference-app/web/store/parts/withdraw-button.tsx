import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../../shared/api-error.ts'
import { toast } from '../../shared/toast.tsx'
import type { AccessRequest } from '../../shared/types.ts'
import { useSession } from '../session.tsx'

export interface WithdrawButtonProps {
  readonly request: AccessRequest
  readonly onWithdrawn: () => void
}

export function WithdrawButton({ request, onWithdrawn }: WithdrawButtonProps): JSX.Element {
  const { api } = useSession()
  const [busy, setBusy] = useState(false)
  const withdraw = async (): Promise<void> => {
    setBusy(true)
    try {
      await api.post(`/store/access-requests/${request.id}/withdraw`)
      toast('The request is withdrawn.')
      onWithdrawn()
    } catch (error) {
      toast(messageOf(error), 'bad')
    } finally {
      setBusy(false)
    }
  }
  return (
    <button type="button" class="button button--small" disabled={busy} onClick={() => void withdraw()}>
      Withdraw<span class="visually-hidden"> the request for {request.asset.title}</span>
    </button>
  )
}
