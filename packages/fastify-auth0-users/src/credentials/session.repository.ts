import { type Selectable, sql } from 'kysely'
import type { Db, DbOrTrx, Trx } from '../db/handle.ts'
import type { SessionTable } from '../db/schema.ts'

/** A session without its hash. */
export type SessionRow = Omit<Selectable<SessionTable>, 'hash' | 'auth0_sid'>

const columns = ['id', 'user_id', 'user_agent', 'last_seen_at', 'expires_at', 'created_at'] as const

export interface NewSession {
  readonly user_id: string
  readonly hash: Uint8Array
  readonly auth0_sid: string | null
  readonly user_agent: string | null
  readonly last_seen_at: Date
  readonly expires_at: Date
  readonly created_at: Date
}

export async function insertSession(trx: Trx, session: NewSession): Promise<SessionRow> {
  return await trx.insertInto('accounts_session').values(session).returning(columns).executeTakeFirstOrThrow()
}

/** Those that are still going on, newest first. */
export async function selectSessions(db: DbOrTrx, userId: string, now: Date, seenAfter: Date): Promise<SessionRow[]> {
  return await db
    .selectFrom('accounts_session')
    .select(columns)
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('last_seen_at', '>', seenAfter)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
}

/** All of a person's rows, for the export. */
export async function selectAllSessions(db: DbOrTrx, userId: string): Promise<SessionRow[]> {
  return await db.selectFrom('accounts_session').select(columns).where('user_id', '=', userId).orderBy('id').execute()
}

/** A session with the identity of its owner; served by the unique index on `hash`. */
export async function selectSessionByHash(
  db: Db,
  hash: Uint8Array,
): Promise<(SessionRow & { readonly auth0_id: string | null }) | undefined> {
  return await db
    .selectFrom('accounts_session as s')
    .innerJoin('accounts_user as u', 'u.id', 's.user_id')
    .select(columns.map(column => `s.${column}` as const))
    .select('u.auth0_id')
    .where('s.hash', '=', hash)
    .executeTakeFirst()
}

/** Which sessions are meant; at least one part must be given. */
export type SessionFilter =
  | { readonly id: string; readonly userId?: string }
  | { readonly hash: Uint8Array }
  | { readonly sid: string }
  | { readonly userId: string }

export interface EndedSession {
  readonly id: string
  readonly user_id: string
}

export async function deleteSessions(trx: Trx, filter: SessionFilter): Promise<EndedSession[]> {
  let query = trx.deleteFrom('accounts_session')
  if ('id' in filter) query = query.where('id', '=', filter.id)
  if ('hash' in filter) query = query.where('hash', '=', filter.hash)
  if ('sid' in filter) query = query.where('auth0_sid', '=', filter.sid)
  if ('userId' in filter && filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  return await query.returning(['id', 'user_id']).execute()
}

/** The oldest sessions of a user beyond so many. */
export async function deleteOldestSessions(trx: Trx, userId: string, kept: number): Promise<EndedSession[]> {
  return await trx
    .deleteFrom('accounts_session')
    .where('id', 'in', of =>
      of
        .selectFrom('accounts_session')
        .select('id')
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .offset(kept),
    )
    .returning(['id', 'user_id'])
    .execute()
}

/** Those of everybody that are over, at most 1000 at a time. */
export async function deleteEndedSessions(db: DbOrTrx, now: Date): Promise<void> {
  await db
    .deleteFrom('accounts_session')
    .where('id', 'in', eb =>
      // Skipping what another sign-in is removing, so that two never wait for one another.
      eb
        .selectFrom('accounts_session')
        .select('id')
        .where('expires_at', '<=', now)
        .limit(1000)
        .forUpdate()
        .skipLocked(),
    )
    .execute()
}

/** One statement for all; a later time that is there already stays. */
export async function writeSessionUses(db: Db, uses: ReadonlyMap<string, number>): Promise<void> {
  const ids = [...uses.keys()]
  const times = [...uses.values()].map(time => new Date(time).toISOString())
  await db
    .updateTable('accounts_session')
    .from(sql<{ id: string; at: Date }>`unnest(${ids}::uuid[], ${times}::timestamptz[])`.as<'used'>(sql`used (id, at)`))
    .set({ last_seen_at: sql<Date>`greatest(last_seen_at, used.at)` })
    .whereRef('accounts_session.id', '=', 'used.id')
    .execute()
}
