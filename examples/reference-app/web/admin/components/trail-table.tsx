import type { JSX } from 'preact'
import { Link } from '../../shared/router.tsx'
import type { TrailEntry } from '../api/types.ts'
import { actionLabel } from '../lib/actions.ts'
import { useNames } from '../lib/names.ts'
import { root } from '../lib/pages.ts'
import { useStaff } from '../session/session.ts'
import { When } from './parts.tsx'
import { PersonLink } from './person.tsx'
import { type Column, DataTable } from './table.tsx'

interface TrailTableProps {
  readonly entries: readonly TrailEntry[]
  /** Leaves out whose record it is, where that is clear. */
  readonly ofOne?: boolean
}

/** Entries of the audit trail. */
export function TrailTable({ entries, ofOne = false }: TrailTableProps): JSX.Element {
  const nameFor = useNames(
    entries.flatMap(entry => [entry.user_id, ...(entry.actor_id === null ? [] : [entry.actor_id])]),
  )
  const columns: readonly (Column<TrailEntry> | null)[] = [
    { label: 'What', render: entry => <What entry={entry} /> },
    ofOne ? null : { label: 'Whose record', render: entry => <Whose entry={entry} name={nameFor(entry.user_id)} /> },
    { label: 'By', render: entry => <By entry={entry} nameFor={nameFor} /> },
    { label: 'When', render: entry => <When at={entry.at} /> },
  ]
  return (
    <DataTable
      caption="Audit trail, newest first"
      columns={columns.filter(column => column !== null)}
      rows={entries}
      keyOf={entry => entry.id}
    />
  )
}

function What({ entry: { action, fields, detail, method } }: { readonly entry: TrailEntry }): JSX.Element {
  const about = [...fields, ...described(detail)]
  return (
    <span class="what">
      <span title={method === null ? action : `${action}, signed in by ${method}`}>{actionLabel(action)}</span>
      {about.length > 0 && <span class="muted small">{about.join(', ')}</span>}
    </span>
  )
}

/** The names in `detail` that people understand; ids and hashes are left out. */
function described(detail: TrailEntry['detail']): string[] {
  return ['permission', 'group', 'name', 'purpose', 'from', 'to']
    .map(key => detail[key])
    .filter((value): value is string => typeof value === 'string' && !/^[0-9a-f-]{36}$/.test(value))
}

/** Entries about a group are listed under the group's id. */
function Whose({ entry, name }: { readonly entry: TrailEntry; readonly name: string | undefined }): JSX.Element {
  const { can } = useStaff()
  const ofGroup = entry.action.startsWith('group.') && name === undefined
  if (ofGroup && can('accounts.view_group')) return <Link href={`${root}/groups/${entry.user_id}`}>A group</Link>
  return <PersonLink id={entry.user_id} name={name} />
}

interface ByProps {
  readonly entry: TrailEntry
  readonly nameFor: (id: string) => string | undefined
}

function By({ entry: { actor_id, user_id }, nameFor }: ByProps): JSX.Element {
  if (actor_id === null) return <span class="muted">the system</span>
  if (actor_id === user_id) return <span class="muted">themselves</span>
  return <PersonLink id={actor_id} name={nameFor(actor_id)} />
}
