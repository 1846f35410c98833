import type { JSX } from 'preact'
import { useId, useState } from 'preact/hooks'
import { useList } from '../../shared/list.ts'
import { setQuery, useQuery } from '../../shared/router.tsx'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { TrailEntry } from '../api/types.ts'
import { ShowList } from '../components/feedback.tsx'
import { Filter } from '../components/filter.tsx'
import { PageHead } from '../components/page.tsx'
import { PersonPicker } from '../components/person-picker.tsx'
import { TrailTable } from '../components/trail-table.tsx'
import { actionLabel, knownActions } from '../lib/actions.ts'
import { useNames } from '../lib/names.ts'
import { useStaff } from '../session/session.ts'

const filterNames = ['user_id', 'actor_id', 'action', 'from', 'to'] as const
type FilterName = (typeof filterNames)[number]

/** What happened to all records, newest first. */
export function Audit(): JSX.Element {
  const query = useQuery()
  const filters = Object.fromEntries(filterNames.map(name => [name, query.get(name) ?? ''])) as Record<
    FilterName,
    string
  >
  const list = useList<TrailEntry>(
    before =>
      api.get<Page<TrailEntry>>('/accounts/admin/audit', {
        ...filters,
        from: startOf(filters.from),
        to: startOf(filters.to, 1),
        before,
        limit: 30,
      }),
    [filterNames.map(name => filters[name]).join()],
  )
  return (
    <>
      <PageHead title="Audit trail" lead="Every change of a record, with who made it. Values are not recorded." />
      <Filters filters={filters} />
      <ShowList list={list} nothing="Nothing happened that fits these filters.">
        {items => <TrailTable entries={items} />}
      </ShowList>
    </>
  )
}

/** The start of a day as the visitor's clock counts days, or of the one `later` days after it. */
function startOf(day: string, later = 0): string | undefined {
  const [year, month, date] = day.split('-').map(Number)
  if (year === undefined || month === undefined || date === undefined || day === '') return undefined
  return new Date(year, month - 1, date + later).toISOString()
}

function Filters({ filters }: { readonly filters: Readonly<Record<FilterName, string>> }): JSX.Element {
  const { can } = useStaff()
  const active = filterNames.some(name => filters[name] !== '')
  return (
    <div class="filters">
      {can('accounts.view_user') && (
        <>
          <PersonFilter label="Whose record" name="user_id" value={filters.user_id} />
          <PersonFilter label="Done by" name="actor_id" value={filters.actor_id} />
        </>
      )}
      <Filter label="What">
        {id => (
          <select
            id={id}
            class="input"
            value={filters.action}
            onInput={event => setQuery({ action: event.currentTarget.value })}
          >
            <option value="">Everything</option>
            {actionsWith(filters.action).map(action => (
              <option key={action} value={action}>
                {actionLabel(action)}
              </option>
            ))}
          </select>
        )}
      </Filter>
      {(['from', 'to'] as const).map(name => (
        <Filter key={name} label={name === 'from' ? 'From' : 'Up to'}>
          {id => (
            <input
              id={id}
              class="input"
              type="date"
              value={filters[name]}
              onChange={event => setQuery({ [name]: event.currentTarget.value })}
            />
          )}
        </Filter>
      ))}
      {active && (
        <button
          type="button"
          class="button button--quiet filters__clear"
          onClick={() => setQuery(Object.fromEntries(filterNames.map(name => [name, ''])))}
        >
          Clear filters
        </button>
      )}
    </div>
  )
}

/** An action that came in a link may be one that these pages do not know. */
function actionsWith(action: string): readonly string[] {
  return action === '' || knownActions.includes(action) ? knownActions : [...knownActions, action]
}

interface PersonFilterProps {
  readonly label: string
  readonly name: FilterName
  readonly value: string
}

function PersonFilter({ label, name, value }: PersonFilterProps): JSX.Element {
  const [open, setOpen] = useState(false)
  const id = useId()
  const nameFor = useNames(value === '' ? [] : [value])
  return (
    <div class="field filter">
      <span class="field__label small" id={id}>
        {label}
      </span>
      <button
        type="button"
        class="input input--button"
        aria-haspopup="dialog"
        aria-labelledby={`${id} ${id}-value`}
        onClick={() => setOpen(true)}
      >
        <span id={`${id}-value`}>{value === '' ? 'Anybody' : (nameFor(value) ?? `${value.slice(0, 8)}…`)}</span>
      </button>
      {open && (
        <PersonPicker title={label} onPick={person => setQuery({ [name]: person })} onClose={() => setOpen(false)} />
      )}
    </div>
  )
}
