import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from '../../shared/dialog.tsx'
import { useList } from '../../shared/list.ts'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Person } from '../api/types.ts'
import { nameOf } from '../lib/format.ts'
import { ShowList } from './feedback.tsx'
import { Search } from './filter.tsx'

interface PersonPickerProps {
  readonly title: string
  /** With the id; '' for anybody. */
  readonly onPick: (id: string) => void
  readonly onClose: () => void
}

/** Finds a user by the beginning of a name or email address. */
export function PersonPicker({ title, onPick, onClose }: PersonPickerProps): JSX.Element {
  const [search, setSearch] = useState('')
  const list = useList<Person>(
    after => api.get<Page<Person>>('/accounts/admin/users', { search, after, limit: 8 }),
    [search],
  )
  const pick = (id: string): void => {
    onPick(id)
    onClose()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <Search label="Search" placeholder="Name, email or username" value={search} onSearch={setSearch} />
      <div class="picker">
        <ShowList list={list} rows={4} nothing="No matching people.">
          {items => (
            <ul class="plain lines">
              {items.map(person => (
                <li key={person.id}>
                  <button type="button" class="picker__choice" onClick={() => pick(person.id)}>
                    {nameOf(person)} <span class="muted small">{person.email}</span>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </ShowList>
      </div>
      <div class="dialog__actions">
        <button type="button" class="button" onClick={() => pick('')}>
          Anybody
        </button>
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  )
}
