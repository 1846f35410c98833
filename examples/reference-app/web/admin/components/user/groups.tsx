import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Select } from '../../../shared/field.tsx'
import { useLoad } from '../../../shared/load.ts'
import { Link } from '../../../shared/router.tsx'
import type { Page } from '../../../shared/types.ts'
import { api } from '../../api/client.ts'
import type { Group, PersonWithGrants } from '../../api/types.ts'
import { nameOf } from '../../lib/format.ts'
import { root } from '../../lib/pages.ts'
import { useStaff } from '../../session/session.ts'
import { FormDialog } from '../dialog.tsx'
import { Nothing, Show } from '../feedback.tsx'
import { Section } from '../page.tsx'
import { Asking } from '../parts.tsx'

export interface GrantsProps {
  readonly person: PersonWithGrants
  readonly editable: boolean
  readonly onChange: () => void
}

/** The groups of a person. */
export function GroupsSection({ person, editable, onChange }: GrantsProps): JSX.Element {
  const { can } = useStaff()
  const [adding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<Group>()
  const add = editable && can('accounts.view_group') && (
    <button type="button" class="button button--small" onClick={() => setAdding(true)}>
      Add to a group …
    </button>
  )
  return (
    <Section title="Groups" actions={add}>
      {person.groups.length === 0 ? (
        <Nothing>In no group.</Nothing>
      ) : (
        <ul class="plain lines">
          {person.groups.map(group => (
            <GroupLine key={group.id} group={group} onLeave={editable ? () => setLeaving(group) : undefined} />
          ))}
        </ul>
      )}
      {adding && <AddDialog person={person} onChange={onChange} onClose={() => setAdding(false)} />}
      {leaving !== undefined && (
        <LeaveDialog person={person} group={leaving} onChange={onChange} onClose={() => setLeaving(undefined)} />
      )}
    </Section>
  )
}

interface GroupLineProps {
  readonly group: Group
  readonly onLeave: (() => void) | undefined
}

function GroupLine({ group, onLeave }: GroupLineProps): JSX.Element {
  const { can } = useStaff()
  return (
    <li class="line">
      <span class="line__text">
        {can('accounts.view_group') ? <Link href={`${root}/groups/${group.id}`}>{group.name}</Link> : group.name}
        <span class="muted small">{group.permissions.join(', ') || 'grants nothing'}</span>
      </span>
      {onLeave !== undefined && (
        <button type="button" class="button button--small" onClick={onLeave}>
          <Asking what="Take out">of {group.name}</Asking>
        </button>
      )}
    </li>
  )
}

interface DialogProps {
  readonly person: PersonWithGrants
  readonly onChange: () => void
  readonly onClose: () => void
}

const memberPath = (person: PersonWithGrants, groupId: string) => `/accounts/admin/users/${person.id}/groups/${groupId}`

function AddDialog({ person, onChange, onClose }: DialogProps): JSX.Element {
  const { can } = useStaff()
  const [chosen, setChosen] = useState('')
  const load = useLoad(() => api.get<Page<Group>>('/accounts/admin/groups', { limit: 100 }), [])
  return (
    <FormDialog
      title="Add to a group"
      action="Add"
      onClose={onClose}
      onSubmit={async () => {
        await api.put(memberPath(person, chosen), undefined)
        onChange()
        return `${nameOf(person)} is in the group now.`
      }}
    >
      <Show load={load} rows={1}>
        {({ items }) => (
          <Select
            label="Group"
            hint="You can add people only to groups whose permissions you hold yourself."
            required
            value={chosen}
            onValue={setChosen}
            options={[
              { value: '', label: 'Choose a group' },
              ...items
                .filter(group => group.permissions.every(can) && person.groups.every(({ id }) => id !== group.id))
                .map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        )}
      </Show>
    </FormDialog>
  )
}

interface LeaveDialogProps extends DialogProps {
  readonly group: Group
}

function LeaveDialog({ person, group, onChange, onClose }: LeaveDialogProps): JSX.Element {
  return (
    <FormDialog
      title="Take out of the group?"
      action="Take out"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await api.delete(memberPath(person, group.id))
        onChange()
        return `${nameOf(person)} was removed from ${group.name}.`
      }}
    >
      <p>
        {nameOf(person)} loses what <strong>{group.name}</strong> grants, unless it was granted in another way too.
      </p>
    </FormDialog>
  )
}
