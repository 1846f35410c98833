import type { JSX } from 'preact'
import { useList } from '../../shared/list.ts'
import { Link, setQuery, useQuery } from '../../shared/router.tsx'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Person } from '../api/types.ts'
import { ShowList } from '../components/feedback.tsx'
import { Filter, Search } from '../components/filter.tsx'
import { PageHead } from '../components/page.tsx'
import { Avatar, When } from '../components/parts.tsx'
import { FlagBadges } from '../components/person.tsx'
import { type Column, DataTable } from '../components/table.tsx'
import { nameOf } from '../lib/format.ts'
import { root } from '../lib/pages.ts'

const columns: readonly Column<Person>[] = [
  { label: 'Person', render: person => <PersonName person={person} /> },
  { label: 'Standing', render: person => <FlagBadges person={person} /> },
  { label: 'Last seen', render: person => <When at={person.last_seen_at} /> },
  { label: 'Since', render: person => <When at={person.created_at} /> },
]

const filters: Readonly<Record<string, { readonly label: string; readonly query: Readonly<Record<string, string>> }>> =
  {
    '': { label: 'Everybody', query: {} },
    staff: { label: 'Staff', query: { is_staff: 'true' } },
    superusers: { label: 'Superusers', query: { is_superuser: 'true' } },
    platforms: { label: 'Platforms', query: { is_platform: 'true' } },
    inactive: { label: 'Deactivated', query: { is_active: 'false' } },
  }

/** Everybody who has ever signed in. */
export function Users(): JSX.Element {
  const query = useQuery()
  const [search, show] = [query.get('search') ?? '', query.get('show') ?? '']
  const list = useList<Person>(
    after =>
      // The API takes a text or a filter; the text wins.
      api.get<Page<Person>>('/accounts/admin/users', { ...(search === '' ? filters[show]?.query : { search }), after }),
    [search, show],
  )
  return (
    <>
      <PageHead title="People" lead="Everybody who has ever signed in." />
      <div class="filters">
        <Search
          label="Search"
          placeholder="Name, email or username"
          value={search}
          onSearch={text => setQuery({ search: text, show: '' })}
        />
        <Filter label="Show">
          {id => (
            <select
              id={id}
              class="input"
              value={search === '' ? show : ''}
              onInput={event => setQuery({ show: event.currentTarget.value, search: '' })}
            >
              {Object.entries(filters).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Filter>
      </div>
      <ShowList list={list} nothing="No matching people.">
        {items => <DataTable caption="People" columns={columns} rows={items} keyOf={person => person.id} />}
      </ShowList>
    </>
  )
}

function PersonName({ person }: { readonly person: Person }): JSX.Element {
  const name = nameOf(person)
  return (
    <span class="named">
      <Avatar name={name} />
      <span class="named__text">
        <Link href={`${root}/users/${person.id}`}>{name}</Link>
        <span class="muted small">{person.email ?? person.username}</span>
      </span>
    </span>
  )
}
