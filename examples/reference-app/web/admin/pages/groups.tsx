import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { TextField } from '../../shared/field.tsx'
import { useList } from '../../shared/list.ts'
import { Link, navigate } from '../../shared/router.tsx'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Group } from '../api/types.ts'
import { FormDialog } from '../components/dialog.tsx'
import { ShowList } from '../components/feedback.tsx'
import { PageHead } from '../components/page.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'

const columns: readonly Column<Group>[] = [
  { label: 'Group', render: ({ id, name }) => <Link href={`${root}/groups/${id}`}>{name}</Link> },
  {
    label: 'Grants',
    render: ({ permissions }) =>
      permissions.length === 0 ? <span class="muted">nothing</span> : <code>{permissions.join(', ')}</code>,
  },
]

/** Permissions in bundles. */
export function Groups(): JSX.Element {
  const { can } = useStaff()
  const [adding, setAdding] = useState(false)
  const list = useList<Group>(after => api.get<Page<Group>>('/accounts/admin/groups', { after }), [])
  const add = can('accounts.add_group') && (
    <button type="button" class="button button--primary" onClick={() => setAdding(true)}>
      New group …
    </button>
  )
  return (
    <>
      <PageHead title="Groups" lead="Who is in a group holds what it grants." actions={add} />
      <ShowList list={list} nothing="There are no groups yet.">
        {items => <DataTable caption="Groups" columns={columns} rows={items} keyOf={group => group.id} />}
      </ShowList>
      {adding && <AddDialog onClose={() => setAdding(false)} />}
    </>
  )
}

function AddDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const [name, setName] = useState('')
  return (
    <FormDialog
      title="New group"
      action="Make it"
      onClose={onClose}
      onSubmit={async () => {
        const group = await api.post<Group>('/accounts/admin/groups', { name: name.trim() })
        navigate(`${root}/groups/${group.id}`)
        return `The group ${group.name} was made. It grants nothing yet.`
      }}
    >
      <TextField label="Name" required maxLength={150} value={name} onValue={setName} />
    </FormDialog>
  )
}
