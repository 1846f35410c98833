import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { TextField } from '../../shared/field.tsx'
import { useList } from '../../shared/list.ts'
import { useLoad } from '../../shared/load.ts'
import { Link, navigate } from '../../shared/router.tsx'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Group, Person } from '../api/types.ts'
import { FormDialog } from '../components/dialog.tsx'
import { Show, ShowList } from '../components/feedback.tsx'
import { GroupPermissions } from '../components/group-permissions.tsx'
import { PageHead, Section } from '../components/page.tsx'
import { FlagBadges } from '../components/person.tsx'
import { nameOf } from '../lib/format.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'

const back = { href: `${root}/groups`, label: 'Groups' }
const pathOf = (id: string) => `/accounts/admin/groups/${id}`

/** A group: what it grants, and who is in it. */
export function GroupDetail({ id }: { readonly id: string }): JSX.Element {
  const { can } = useStaff()
  const load = useLoad(() => Promise.all([api.get<Group>(pathOf(id)), catalogueFor(can)]), [id])
  const [dialog, setDialog] = useState<'rename' | 'delete'>()
  const group = load.loaded.state === 'ready' ? load.loaded.data[0] : undefined
  const changed = (next: Group): void => {
    if (load.loaded.state === 'ready') load.replace([next, load.loaded.data[1]])
  }
  const actions = group !== undefined && (
    <>
      {can('accounts.change_group') && (
        <button type="button" class="button" onClick={() => setDialog('rename')}>
          Rename …
        </button>
      )}
      {can('accounts.delete_group') && (
        <button type="button" class="button button--danger" onClick={() => setDialog('delete')}>
          Delete …
        </button>
      )}
    </>
  )
  return (
    <>
      <PageHead title={group?.name ?? 'Group'} back={back} actions={actions} />
      <Show load={load}>
        {([loaded, catalogue]) => (
          <>
            <GroupPermissions group={loaded} catalogue={catalogue} onChange={changed} />
            {can('accounts.view_user') && <Members groupId={loaded.id} />}
          </>
        )}
      </Show>
      {group !== undefined && dialog === 'rename' && (
        <RenameDialog group={group} onChange={changed} onClose={() => setDialog(undefined)} />
      )}
      {group !== undefined && dialog === 'delete' && (
        <DeleteDialog group={group} onClose={() => setDialog(undefined)} />
      )}
    </>
  )
}

/** Every permission that exists, for those who may change groups. */
async function catalogueFor(can: (permission: string) => boolean): Promise<readonly string[] | undefined> {
  const needed = ['accounts.change_group', 'accounts.grant_permission', 'accounts.view_permission']
  if (!needed.every(can)) return undefined
  return (await api.get<{ items: readonly string[] }>('/accounts/admin/permissions')).items
}

function Members({ groupId }: { readonly groupId: string }): JSX.Element {
  const list = useList<Person>(
    after => api.get<Page<Person>>('/accounts/admin/users', { group: groupId, after }),
    [groupId],
  )
  return (
    <Section title="Members" lead="People are put into groups, and taken out of them, on their own pages.">
      <ShowList list={list} rows={2} nothing="No members yet.">
        {items => (
          <ul class="plain lines">
            {items.map(person => (
              <li key={person.id} class="line">
                <span class="line__text">
                  <Link href={`${root}/users/${person.id}`}>{nameOf(person)}</Link>
                  <span class="muted small">{person.email}</span>
                </span>
                <FlagBadges person={person} />
              </li>
            ))}
          </ul>
        )}
      </ShowList>
    </Section>
  )
}

interface DialogProps {
  readonly group: Group
  readonly onClose: () => void
}

interface RenameDialogProps extends DialogProps {
  readonly onChange: (group: Group) => void
}

function RenameDialog({ group, onChange, onClose }: RenameDialogProps): JSX.Element {
  const [name, setName] = useState(group.name)
  return (
    <FormDialog
      title="Rename the group"
      action="Rename"
      onClose={onClose}
      onSubmit={async () => {
        onChange(await api.patch<Group>(pathOf(group.id), { name: name.trim() }))
        return 'The group was renamed.'
      }}
    >
      <TextField label="Name" required maxLength={150} value={name} onValue={setName} />
    </FormDialog>
  )
}

function DeleteDialog({ group, onClose }: DialogProps): JSX.Element {
  return (
    <FormDialog
      title="Delete this group?"
      action="Delete"
      danger
      onClose={onClose}
      onSubmit={async () => {
        await api.delete(pathOf(group.id))
        navigate(back.href)
        return `The group ${group.name} was deleted.`
      }}
    >
      <p>
        The members of <strong>{group.name}</strong> lose what it granted. This cannot be taken back.
      </p>
    </FormDialog>
  )
}
