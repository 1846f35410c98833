import { type Actor, type AuditAction, record } from '../../audit/audit.ts'
import { userChanged } from '../../db/after-commit.ts'
import type { Databases, Db, Trx } from '../../db/handle.ts'
import { toIso } from '../../db/time.ts'
import { reaching } from '../../db/unavailable.ts'
import { Auth0UsersError } from '../../errors.ts'
import type { Clock } from '../../lib/clock.ts'
import { isStorable, isUuid } from '../../lib/text.ts'
import { lockLiving } from '../living.ts'
import { toUser } from '../memory/entry.ts'
import type { User } from '../user.ts'
import {
  type DirectoryRow,
  listPeople,
  type SearchHit,
  searchFields,
  searchPeople,
  selectById,
  selectBySubject,
  updateActive,
  updateTokensValidAfter,
} from './directory.repository.ts'
import { after, pageSize, toCursor } from './page.ts'

/** A person as the directory lists them. */
export interface ListedUser extends User {
  /** ISO 8601, UTC; within `users.activity` and `cache.ttl` of the truth. */
  readonly last_seen_at: string | null
}

/** Where a look-up reads. */
export interface ReadOptions {
  /** Ask the replica, where the host gave one [false]. It may be behind. */
  readonly replica?: boolean
}

/** What `app.auth0Users.users.search` looks for. */
export interface SearchOptions extends ReadOptions {
  /** What the email, the username, the full name or the last name begins with, in any case [everybody]. */
  readonly text?: string
  /** 1 to 100 [20]. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
}

/** One page of a search. */
export interface UserPage {
  readonly items: readonly ListedUser[]
  /** Pass as `after` to read on; null on the last page. Holds no personal datum. */
  readonly next: string | null
}

/**
 * `app.auth0Users.users`: people for lists and for staff's tools. Who may call it is the host's to
 * check. Everything rejects with `A0U_DATABASE_UNAVAILABLE` while the database is away.
 */
export interface UserDirectory {
  find(id: string, options?: ReadOptions): Promise<ListedUser | null>
  /** By the `sub` of any of the person's identities. */
  findByAuth0Id(subject: string, options?: ReadOptions): Promise<ListedUser | null>
  /** Rejects with `A0U_BODY_INVALID` for a limit or a cursor that is none. */
  search(options?: SearchOptions): Promise<UserPage>
  /** Deactivates a user; audited. Null for an unknown user; not audited when nothing changed. */
  deactivate(id: string, actor: Actor): Promise<ListedUser | null>
  reactivate(id: string, actor: Actor): Promise<ListedUser | null>
  /**
   * Refuses every access token issued before this second. Tokens carry whole seconds, so one issued earlier
   * in the very same second stays valid, as one issued later in it must.
   */
  signOutEverywhere(id: string, actor: Actor): Promise<ListedUser | null>
}

export interface DirectoryDeps {
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

export function createDirectory(databases: Databases, { now }: DirectoryDeps): UserDirectory {
  const handle = ({ replica = false }: ReadOptions = {}): Db => (replica ? databases.replica : databases.primary)

  async function change(
    id: string,
    actor: Actor,
    action: AuditAction,
    fields: readonly string[],
    update: (trx: Trx) => Promise<DirectoryRow | undefined>,
  ): Promise<ListedUser | null> {
    if (!isUuid(id)) return null
    const row = await reaching(() =>
      databases.transaction(async trx => {
        const isLiving = (await lockLiving(trx, [id])).size > 0
        if (!isLiving) return undefined
        const updated = await update(trx)
        if (updated === undefined) return await selectById(trx, id)
        await record(trx, { ...actor, userId: id, action, fields })
        userChanged(trx, id)
        return updated
      }),
    )
    return listedOrNull(row)
  }

  return {
    async find(id, options) {
      return isUuid(id) ? listedOrNull(await reaching(() => selectById(handle(options), id))) : null
    },
    async findByAuth0Id(subject, options) {
      if (!isStorable(subject)) return null
      return listedOrNull(await reaching(() => selectBySubject(handle(options), subject)))
    },
    async search(options = {}) {
      return await reaching(() => searchPage(handle(options), options))
    },
    deactivate: (id, actor) =>
      change(id, actor, 'user.deactivated', ['is_active'], trx => updateActive(trx, id, false)),
    reactivate: (id, actor) => change(id, actor, 'user.reactivated', ['is_active'], trx => updateActive(trx, id, true)),
    signOutEverywhere(id, actor) {
      const update = (trx: Trx): Promise<DirectoryRow | undefined> => updateTokensValidAfter(trx, id, toSecond(now()))
      return change(id, actor, 'user.signed_out', ['tokens_valid_after'], update)
    },
  }
}

/** Refuses the access tokens of a user whose row the transaction holds, as `signOutEverywhere` does. */
export async function signOutWithin(trx: Trx, id: string, now: number, actor: Actor): Promise<void> {
  await updateTokensValidAfter(trx, id, toSecond(now))
  await record(trx, { ...actor, userId: id, action: 'user.signed_out', fields: ['tokens_valid_after'] })
  userChanged(trx, id)
}

/** Tokens carry whole seconds. */
function toSecond(now: number): Date {
  return new Date(Math.floor(now / 1000) * 1000)
}

async function searchPage(db: Db, options: SearchOptions): Promise<UserPage> {
  const limit = pageSize(options.limit)
  const cursor = after(options.after)
  const text = options.text?.trim() ?? ''
  if (!isStorable(text)) return { items: [], next: null }
  const rows = text === '' ? await everybody(db, cursor?.id, limit + 1) : await found(db, text, cursor, limit + 1)
  const items = rows.slice(0, limit)
  const end = items.at(-1)
  const next = rows.length > limit && end !== undefined ? toCursor(searchFields[end.field] ?? 'email', end.id) : null
  return { items: items.map(toListed), next }
}

async function everybody(db: Db, behind: string | undefined, limit: number): Promise<SearchHit[]> {
  return (await listPeople(db, behind, limit)).map(row => ({ ...row, field: 0 }))
}

async function found(db: Db, text: string, cursor: ReturnType<typeof after>, limit: number): Promise<SearchHit[]> {
  // A page starts after a user; if the row is gone, its place is unknown.
  if (cursor !== undefined && (await selectById(db, cursor.id)) === undefined) {
    const message = 'names a person who is gone; begin again'
    throw new Auth0UsersError('A0U_BODY_INVALID', { faults: [{ field: 'after', message }] })
  }
  return await searchPeople(db, text, cursor, limit)
}

function listedOrNull(row: DirectoryRow | undefined): ListedUser | null {
  return row === undefined ? null : toListed(row)
}

function toListed(row: DirectoryRow): ListedUser {
  return Object.freeze({ ...toUser(row), last_seen_at: row.last_seen_at === null ? null : toIso(row.last_seen_at) })
}
