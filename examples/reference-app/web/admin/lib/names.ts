import { useEffect, useState } from 'preact/hooks'
import type { Page } from '../../shared/types.ts'
import { api } from '../api/client.ts'
import type { Person } from '../api/types.ts'
import { useStaff } from '../session/session.ts'
import { nameOf } from './format.ts'

/** By id; null for a user who no longer exists. Lives as long as the page, and is small: staff look at a few hundred people. */
const known = new Map<string, string | null>()
const bound = 2000

/** Names for ids of people, as far as the viewer may see people and the ids are theirs. */
export function useNames(ids: readonly string[]): (id: string) => string | undefined {
  const { can } = useStaff()
  const [, render] = useState(0)
  const missing = can('accounts.view_user') ? [...new Set(ids)].filter(id => !known.has(id)).slice(0, 100) : []
  const key = missing.join(',')
  useEffect(() => {
    if (key === '') return
    const fetchNames = async (): Promise<void> => {
      const page = await api.get<Page<Person>>('/accounts/admin/users', { ids: key, limit: 100 })
      if (known.size > bound) known.clear()
      for (const id of key.split(',')) known.set(id, null)
      for (const person of page.items) known.set(person.id, nameOf(person))
      render(count => count + 1)
    }
    // Ids are shown where names do not come.
    fetchNames().catch(() => undefined)
  }, [key])
  return id => known.get(id) ?? undefined
}
