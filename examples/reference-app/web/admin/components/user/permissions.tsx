import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Select } from '../../../shared/field.tsx'
import { api } from '../../api/client.ts'
import type { PersonWithGrants } from '../../api/types.ts'
import { nameOf, permissionLabel } from '../../lib/format.ts'
import { useStaff } from '../../session/session.ts'
import { FormDialog } from '../dialog.tsx'
import { Nothing } from '../feedback.tsx'
import { Section } from '../page.tsx'
import { Asking } from '../parts.tsx'
import type { GrantsProps } from './groups.tsx'

/** What was granted to the person directly. */
export function PermissionsSection({ person, editable, onChange }: GrantsProps): JSX.Element {
  const [granting, setGranting] = useState(false)
  const [revoking, setRevoking] = useState<string>()
  const grant = editable && (
    <button type="button" class="button button--small" onClick={() => setGranting(true)}>
      Grant …
    </button>
  )
  return (
    <Section title="Permissions" lead="Granted to this person directly, in addition to their groups." actions={grant}>
      {person.permissions.length === 0 ? (
        <Nothing>{person.is_superuser ? 'None, but a superuser holds every permission.' : 'None.'}</Nothing>
      ) : (
        <ul class="plain lines">
          {person.permissions.map(permission => (
            <li key={permission} class="line">
              <span class="line__text">
                <span>{permissionLabel(permission)}</span>
                <code class="muted breakable">{permission}</code>
              </span>
              {editable && (
                <button type="button" class="button button--small" onClick={() => setRevoking(permission)}>
                  <Asking what="Take back">{permission}</Asking>
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {granting && <GrantDialog person={person} onChange={onChange} onClose={() => setGranting(false)} />}
      {revoking !== undefined && (
        <RevokeDialog
          person={person}
          permission={revoking}
          onChange={onChange}
          onClose={() => setRevoking(undefined)}
        />
      )}
    </Section>
  )
}

interface DialogProps {
  readonly person: PersonWithGrants
  readonly onChange: () => void
  readonly onClose: () => void
}

const path = (person: PersonWithGrants, permission: string) =>
  `/accounts/admin/users/${person.id}/permissions/${encodeURIComponent(permission)}`

/** Offers what the visitor holds and the person lacks; the server looks at both again. */
function GrantDialog({ person, onChange, onClose }: DialogProps): JSX.Element {
  const { me } = useStaff()
  const [chosen, setChosen] = useState('')
  const offered = me.permissions.filter(permission => !person.permissions.includes(permission))
  return (
    <FormDialog
      title="Grant a permission"
      action="Grant"
      onClose={onClose}
      onSubmit={async () => {
        await api.put(path(person, chosen), undefined)
        onChange()
        return `${nameOf(person)} holds ${chosen} now.`
      }}
    >
      <p>
        To <strong>{nameOf(person)}</strong>, at once.
      </p>
      <Select
        label="Permission"
        hint="You can grant what you hold yourself."
        required
        value={chosen}
        onValue={setChosen}
        options={[
          { value: '', label: 'Choose a permission' },
          ...[...offered].sort().map(value => ({ value, label: `${permissionLabel(value)} (${value})` })),
        ]}
      />
    </FormDialog>
  )
}

interface RevokeDialogProps extends DialogProps {
  readonly permission: string
}

function RevokeDialog({ person, permission, onChange, onClose }: RevokeDialogProps): JSX.Element {
  return (
    <FormDialog
      title="Take the permission back?"
      action="Take back"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await api.delete(path(person, permission))
        onChange()
        return `${permission} was removed from ${nameOf(person)}.`
      }}
    >
      <p>
        {nameOf(person)} loses <code>{permission}</code>, unless a group of theirs grants it too.
      </p>
    </FormDialog>
  )
}
