import type { JSX } from 'preact'
import { api } from '../api/client.ts'
import type { ApiToken } from '../api/types.ts'
import { FormDialog } from './dialog.tsx'

export interface RevokeDialogProps {
  readonly token: ApiToken
  /** What revokes it, by DELETE. */
  readonly path: string
  readonly onRevoked: () => void
  readonly onClose: () => void
}

/** Asks before an API token is revoked. */
export function RevokeDialog({ token: { name }, path, onRevoked, onClose }: RevokeDialogProps): JSX.Element {
  return (
    <FormDialog
      title="Revoke this token?"
      action="Revoke"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await api.delete(path)
        onRevoked()
        return `The token ${name} was revoked.`
      }}
    >
      <p>
        Whatever uses <strong>{name}</strong> is refused from now on. This cannot be taken back.
      </p>
    </FormDialog>
  )
}
