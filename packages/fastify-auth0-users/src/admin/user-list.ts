import type { Db, DbOrTrx } from '../db/handle.ts'
import { toIso } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Groups, PersonGrants } from '../permissions/group.service.ts'
import type { UserDirectory } from '../users/directory/directory.service.ts'
import {
  filterNames,
  type PersonFilter,
  type PersonRow,
  selectLinkedIdentities,
  selectPeople,
  selectPerson,
} from './user-list.repository.ts'

/** A person as staff see them: without the profile, which is the person's own. Times are ISO 8601, UTC. */
export interface Person
  extends Omit<
    PersonRow,
    'first_name' | 'last_name' | 'last_login_at' | 'last_seen_at' | 'tokens_valid_after' | 'created_at' | 'updated_at'
  > {
  readonly first_name: string
  readonly last_name: string
  readonly last_login_at: string | null
  readonly last_seen_at: string | null
  readonly tokens_valid_after: string | null
  readonly created_at: string
  readonly updated_at: string
}

export interface PersonPage {
  readonly items: readonly Person[]
  /** Pass as `after` to read on; null on the last page. */
  readonly next: string | null
}

/** An Auth0 identity of a person. */
export interface Identity {
  readonly auth0_id: string
  /** ISO 8601, UTC; null for the one that the person was made with. */
  readonly linked_at: string | null
}

/**
 * Everybody by id, those with certain flags, ids or a group, or those whom a text finds. Rejects with
 * `A0U_QUERY_INVALID` for any of these and a text together.
 */
export async function listPeople(db: Db, users: UserDirectory, filter: PersonFilter): Promise<PersonPage> {
  if (filter.search !== undefined) return await searchPeople(users, filter, filter.search)
  const rows = await reaching(() => selectPeople(db, { ...filter, limit: filter.limit + 1 }))
  const items = rows.slice(0, filter.limit).map(toPerson)
  return { items, next: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null }
}

async function searchPeople(users: UserDirectory, filter: PersonFilter, text: string): Promise<PersonPage> {
  const other = filterNames.find(name => filter[name] !== undefined)
  if (other !== undefined) {
    throw new Auth0UsersError('A0U_QUERY_INVALID', { faults: [{ field: other, message: 'does not go with search' }] })
  }
  const { after, limit } = filter
  const page = await users.search({ text, limit, replica: true, ...(after === undefined ? {} : { after }) })
  return { items: page.items.map(({ profile_data: _data, ...person }) => person), next: page.next }
}

/** A person and their grants. Rejects with `A0U_NOT_FOUND`. */
export async function readPerson(db: DbOrTrx, groups: Groups, userId: string): Promise<Person & PersonGrants> {
  const row = await reaching(() => selectPerson(db, userId))
  if (row === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
  return { ...toPerson(row), ...(await groups.grantsOf(userId)) }
}

/** The identities of a person, their own first. Rejects with `A0U_NOT_FOUND`. */
export async function readIdentities(db: DbOrTrx, userId: string): Promise<Identity[]> {
  const person = await reaching(() => selectPerson(db, userId))
  if (person === undefined) throw new Auth0UsersError('A0U_NOT_FOUND')
  const linked = await reaching(() => selectLinkedIdentities(db, userId))
  const own = person.auth0_id === null ? [] : [{ auth0_id: person.auth0_id, linked_at: null }]
  return [...own, ...linked.map(({ auth0_id, linked_at }) => ({ auth0_id, linked_at: toIso(linked_at) }))]
}

function toPerson(row: PersonRow): Person {
  return {
    ...row,
    first_name: row.first_name ?? '',
    last_name: row.last_name ?? '',
    last_login_at: orNull(row.last_login_at),
    last_seen_at: orNull(row.last_seen_at),
    tokens_valid_after: orNull(row.tokens_valid_after),
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
  }
}

function orNull(time: Date | null): string | null {
  return time === null ? null : toIso(time)
}
