import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../shared/dialog.tsx'
import { Check, Select, TextField } from '../../shared/field.tsx'
import type { ApiToken } from '../api/types.ts'
import { useStaff } from '../session/session.ts'
import { FormDialog } from './dialog.tsx'
import { CopyButton } from './parts.tsx'

/** A token with its text, which is nowhere to be had again. */
export interface MintedToken extends ApiToken {
  readonly text: string
}

interface MintDialogProps {
  readonly onMint: (body: object) => Promise<void>
  readonly onClose: () => void
}

const daySeconds = 86_400
const terms = [
  { value: String(30 * daySeconds), label: '30 days' },
  { value: String(90 * daySeconds), label: '90 days' },
  { value: String(365 * daySeconds), label: '1 year' },
  { value: '', label: 'Never' },
]

/** What the token is for, how long it works, and what it allows. */
export function MintDialog({ onMint, onClose }: MintDialogProps): JSX.Element {
  const { me } = useStaff()
  const [name, setName] = useState('')
  const [term, setTerm] = useState(String(90 * daySeconds))
  const [limited, setLimited] = useState(true)
  const [scopes, setScopes] = useState<readonly string[]>([])
  return (
    <FormDialog
      title="New API token"
      action="Make it"
      onClose={onClose}
      onSubmit={async () => {
        const expires = term === '' ? {} : { expires_in: Number(term) }
        await onMint({ name: name.trim(), ...expires, ...(limited ? { scopes } : {}) })
        return undefined
      }}
    >
      <TextField label="Name" hint="What uses it." required maxLength={150} value={name} onValue={setName} />
      <Select label="Expires after" required options={terms} value={term} onValue={setTerm} />
      <Check
        label="Limit it to some permissions"
        hint="Without this it may do all that you may."
        checked={limited}
        onChecked={setLimited}
      />
      {limited && (
        <fieldset class="area">
          <legend>What it allows</legend>
          <div class="scopes stack stack--s">
            {[...me.permissions].sort().map(permission => (
              <Check
                key={permission}
                label={<code>{permission}</code>}
                checked={scopes.includes(permission)}
                onChecked={checked =>
                  setScopes(checked ? [...scopes, permission] : scopes.filter(name => name !== permission))
                }
              />
            ))}
          </div>
        </fieldset>
      )}
    </FormDialog>
  )
}

/** The one time that the token is shown. */
export function MintedDialog({ token, onClose }: { readonly token: MintedToken; readonly onClose: () => void }) {
  return (
    <Dialog title="Your new token" onClose={onClose}>
      <p class="note note--wait">
        Copy it now and keep it where secrets are kept. It is not stored here and cannot be shown again.
      </p>
      <div class="stack stack--s">
        <code class="secret">{token.text}</code>
        <div class="row">
          <CopyButton text={token.text} />
        </div>
      </div>
      <p class="small muted">
        Send it as <code>Authorization: Token …</code>
      </p>
      <div class="dialog__actions">
        <button type="button" class="button button--primary" onClick={onClose}>
          I have copied it
        </button>
      </div>
    </Dialog>
  )
}
