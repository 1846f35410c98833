import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { api } from '../../api/client.ts'
import type { Flag, PersonWithGrants } from '../../api/types.ts'
import { nameOf } from '../../lib/format.ts'
import { useStaff } from '../../session/session.ts'
import { FormDialog } from '../dialog.tsx'
import { Section } from '../page.tsx'
import { Badge } from '../parts.tsx'

interface Change {
  readonly title: string
  readonly action: string
  readonly text: string
  readonly done: string
  readonly danger: boolean
  run(id: string): Promise<PersonWithGrants>
}

const users = '/accounts/admin/users'
const setFlag = (flag: Flag, value: boolean) => (id: string) =>
  api.patch<PersonWithGrants>(`${users}/${id}`, { [flag]: value })

/** A line of the section: how it stands, and the change that is possible. */
interface Row {
  readonly label: string
  readonly hint: string
  readonly flag: Flag
  readonly on: Change
  readonly off: Change
  readonly superusersOnly?: boolean
}

const rows: readonly Row[] = [
  {
    label: 'Active',
    hint: 'May sign in and use the store.',
    flag: 'is_active',
    on: {
      ...{
        title: 'Reactivate this account?',
        action: 'Reactivate',
        danger: false,
        done: 'The account is active again.',
      },
      text: 'They can sign in again, with all that they held before.',
      run: id => api.post(`${users}/${id}/reactivate`),
    },
    off: {
      ...{
        title: 'Deactivate this account?',
        action: 'Deactivate',
        danger: true,
        done: 'The account was deactivated.',
      },
      text: 'They are refused everywhere from now on. Nothing is deleted, and you can reactivate them at any time.',
      run: id => api.post(`${users}/${id}/deactivate`),
    },
  },
  {
    label: 'Staff',
    hint: 'May open this administration.',
    flag: 'is_staff',
    on: {
      ...{ title: 'Make this person staff?', action: 'Make staff', danger: false, done: 'This person is staff now.' },
      text: 'They may open the administration, and see and do there what their permissions allow.',
      run: setFlag('is_staff', true),
    },
    off: {
      ...{ title: 'Remove staff access?', action: 'Remove staff access', danger: true, done: 'Staff access removed.' },
      text: 'They can no longer open the administration. Their permissions stay, in case they return.',
      run: setFlag('is_staff', false),
    },
  },
  {
    label: 'Superuser',
    hint: 'Holds every permission.',
    flag: 'is_superuser',
    superusersOnly: true,
    on: {
      ...{ title: 'Make this person a superuser?', action: 'Make superuser', danger: true, done: 'A superuser now.' },
      text: 'They may do everything, including making and unmaking other superusers, you among them.',
      run: setFlag('is_superuser', true),
    },
    off: {
      ...{
        title: 'Remove superuser access?',
        action: 'Remove superuser access',
        danger: true,
        done: 'Superuser access removed.',
      },
      text: 'They hold only what they and their groups were granted.',
      run: setFlag('is_superuser', false),
    },
  },
  {
    label: 'Platform',
    hint: 'A program rather than a person; never deletes.',
    flag: 'is_platform',
    on: {
      ...{ title: 'Make this a platform’s account?', action: 'Make platform', danger: false, done: 'A platform now.' },
      text: 'It is for a program that calls in with an API token. It can never delete anything, whatever it is granted.',
      run: setFlag('is_platform', true),
    },
    off: {
      ...{
        title: 'Convert to a personal account?',
        action: 'Convert account',
        danger: true,
        done: 'Converted to a personal account.',
      },
      text: 'The account is a person’s again, and may delete what its permissions allow.',
      run: setFlag('is_platform', false),
    },
  },
]

const signOut: Change = {
  ...{ title: 'Sign out everywhere?', action: 'Sign out everywhere', danger: true, done: 'Signed out everywhere.' },
  text: 'Access tokens that were issued until now are refused and sessions end. API tokens stay; revoke those below.',
  run: id => api.post(`${users}/${id}/sign-out`),
}

interface StandingProps {
  readonly person: PersonWithGrants
  readonly editable: boolean
  readonly onChange: (person: PersonWithGrants) => void
}

/** The flags of a person, each with the change that is possible. */
export function StandingSection({ person, editable, onChange }: StandingProps): JSX.Element {
  const [change, setChange] = useState<Change>()
  const end = editable && (
    <button type="button" class="button button--small" onClick={() => setChange(signOut)}>
      Sign out everywhere …
    </button>
  )
  return (
    <Section title="Standing" actions={end}>
      <ul class="plain lines">
        {rows.map(row => (
          <StandingLine key={row.flag} row={row} person={person} editable={editable} onAsk={setChange} />
        ))}
      </ul>
      {change !== undefined && (
        <FormDialog
          title={change.title}
          action={change.action}
          danger={change.danger}
          onClose={() => setChange(undefined)}
          onSubmit={async () => {
            onChange(await change.run(person.id))
            return change.done
          }}
        >
          <p>
            <strong>{nameOf(person)}</strong>
            {person.email !== null && <span class="muted"> · {person.email}</span>}
          </p>
          <p>{change.text}</p>
        </FormDialog>
      )}
    </Section>
  )
}

interface StandingLineProps {
  readonly row: Row
  readonly person: PersonWithGrants
  readonly editable: boolean
  readonly onAsk: (change: Change) => void
}

function StandingLine({ row, person, editable, onAsk }: StandingLineProps): JSX.Element {
  const { me } = useStaff()
  const { label, hint, flag, on, off, superusersOnly = false } = row
  const held = person[flag]
  const change = held ? off : on
  const offered = editable && (!superusersOnly || me.user.is_superuser)
  return (
    <li class="line">
      <span class="line__text">
        <span>
          {label} <Badge tone={held ? 'good' : 'plain'}>{held ? 'yes' : 'no'}</Badge>
        </span>
        <span class="muted small">{hint}</span>
      </span>
      {offered && (
        <button type="button" class="button button--small" onClick={() => onAsk(change)}>
          {change.action} …
        </button>
      )}
    </li>
  )
}
