import { type Actor, record, system } from '../audit/audit.ts'
import { afterCommit } from '../db/after-commit.ts'
import type { Databases, Trx } from '../db/handle.ts'
import { toIso, toMillis } from '../db/time.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isUuid } from '../lib/text.ts'
import { requireRunningSid, sidHashOf, withLivingUser } from '../users/living.ts'
import type { Credential } from './credential.ts'
import { rememberEnded } from './ended-sid.repository.ts'
import { newSessionSecret, sessionHash } from './secret.ts'
import {
  deleteEndedSessions,
  deleteOldestSessions,
  deleteSessions,
  type EndedSession,
  insertSession,
  type SessionFilter,
  type SessionRow,
  selectSessionByHash,
  selectSessions,
} from './session.repository.ts'

/** A session as its person and staff see it. Times are ISO 8601 strings in UTC. */
export interface Session {
  readonly id: string
  readonly user_id: string
  readonly user_agent: string | null
  /** Up to half a minute behind. */
  readonly last_seen_at: string
  readonly expires_at: string
  readonly created_at: string
}

export interface NewSessionRequest {
  readonly userId: string
  /** Auth0's session id, if the token held it. */
  readonly sid: string | null
  readonly userAgent: string | null
  /** The secret of the session that the new one replaces. Untrusted. */
  readonly replaces: string | null
}

/** `app.auth0Users.sessions`. */
export interface Sessions {
  /** Those of a person that are going on, newest first. */
  list(userId: string): Promise<readonly Session[]>
  /** Ends one: at once in this process, within seconds in others. Rejects with `A0U_CREDENTIAL_UNKNOWN`. */
  revoke(id: string, owner?: { readonly userId?: string; readonly actor?: Actor }): Promise<void>
  /** Ends all sessions of a user; resolves to how many. */
  revokeAll(userId: string, actor?: Actor): Promise<number>
  /** Ends those that began with this session at Auth0 (back-channel logout); resolves to how many. */
  revokeBySid(sid: string): Promise<number>
}

/** The same with what the routes and other modules need. */
export interface SessionService extends Sessions {
  /**
   * Ends sessions inside a transaction; resolves to their ids. A `sid` is remembered as ended, so that none begins
   * with it later.
   */
  endWithin(trx: Trx, filter: SessionFilter, actor: Actor): Promise<string[]>
  /** Begins a session. The secret is for the cookie and is kept nowhere. */
  begin(request: NewSessionRequest, actor: Actor): Promise<{ readonly session: Session; readonly secret: string }>
}

export interface SessionsOptions {
  readonly databases: Databases
  /** Seconds. */
  readonly idle: number
  /** Seconds. */
  readonly absolute: number
  /** Whether only staff may begin one. */
  readonly staffOnly: boolean
  /** How many a user has; the oldest ends when one more begins. */
  readonly maxPerUser: number
  /** Drops a session from memory; called after the commit of its end. */
  readonly onEnded: (id: string) => void
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

export function createSessions(options: SessionsOptions): SessionService {
  const { databases, idle, onEnded, now } = options

  async function endWithin(trx: Trx, filter: SessionFilter, actor: Actor): Promise<string[]> {
    if ('sid' in filter) await rememberEnded(trx, sidHashOf(filter.sid), new Date(now()))
    return await recordEnded(trx, await deleteSessions(trx, filter), actor, onEnded)
  }

  async function end(filter: SessionFilter, actor: Actor): Promise<number> {
    return (await reaching(() => databases.transaction(trx => endWithin(trx, filter, actor)))).length
  }

  return {
    endWithin,
    async begin(request, actor) {
      const secret = newSessionSecret()
      const row = await reaching(() => databases.transaction(trx => beginWithin(trx, request, secret, actor, options)))
      return { session: toSession(row), secret }
    },
    async list(userId) {
      const time = now()
      const seenAfter = new Date(time - idle * 1000)
      return (await reaching(() => selectSessions(databases.primary, userId, new Date(time), seenAfter))).map(toSession)
    },
    async revoke(id, { userId, actor = system } = {}) {
      const filter = userId === undefined ? { id } : { id, userId }
      if (!isUuid(id) || (await end(filter, actor)) === 0) throw new Auth0UsersError('A0U_CREDENTIAL_UNKNOWN')
    },
    revokeAll: (userId, actor = system) => end({ userId }, actor),
    revokeBySid: sid => end({ sid }, system),
  }
}

async function beginWithin(
  trx: Trx,
  { userId, sid, userAgent, replaces }: NewSessionRequest,
  secret: string,
  actor: Actor,
  { absolute, staffOnly, maxPerUser, onEnded, now }: SessionsOptions,
): Promise<SessionRow> {
  const [hash, replaced] = [sessionHash(secret), replaces === null ? null : sessionHash(replaces)]
  if (hash === null) throw new Error('a new session secret is malformed')
  return await withLivingUser(trx, { userId, actor, creates: 'authority' }, async ({ user }) => {
    if (staffOnly && !user.is_staff) throw new Auth0UsersError('A0U_STAFF_REQUIRED')
    if (sid !== actor.credential?.sid) await requireRunningSid(trx, sid)
    const created_at = new Date(now())
    const labels = { auth0_sid: sid, user_agent: userAgent?.slice(0, 200) ?? null }
    const times = { created_at, last_seen_at: created_at, expires_at: new Date(now() + absolute * 1000) }
    await deleteEndedSessions(trx, created_at)
    const over = [
      ...(replaced === null ? [] : await deleteSessions(trx, { hash: replaced })),
      ...(await deleteOldestSessions(trx, userId, maxPerUser - 1)),
    ]
    await recordEnded(trx, over, actor, onEnded)
    const row = await insertSession(trx, { user_id: userId, hash, ...labels, ...times })
    await record(trx, { ...actor, userId, action: 'session.created', fields: [], detail: { id: row.id } })
    return row
  })
}

async function recordEnded(
  trx: Trx,
  rows: readonly EndedSession[],
  actor: Actor,
  onEnded: (id: string) => void,
): Promise<string[]> {
  for (const { id, user_id: userId } of rows) {
    await record(trx, { ...actor, userId, action: 'session.ended', fields: [], detail: { id } })
    afterCommit(trx, () => onEnded(id))
  }
  return rows.map(({ id }) => id)
}

/** What authentication needs to know of a session; undefined for an unknown one. Rejects with `A0U_DATABASE_UNAVAILABLE`. */
export async function findSession({ primary }: Databases, hash: Uint8Array): Promise<Credential | undefined> {
  const row = await reaching(() => selectSessionByHash(primary, hash))
  if (row?.auth0_id == null) return undefined
  return {
    id: row.id,
    userId: row.user_id,
    subject: row.auth0_id,
    scopes: null,
    createdAt: toMillis(row.created_at),
    expiresAt: toMillis(row.expires_at),
    revoked: false,
    usedAt: toMillis(row.last_seen_at),
  }
}

export function toSession(row: SessionRow): Session {
  return {
    ...row,
    last_seen_at: toIso(row.last_seen_at),
    expires_at: toIso(row.expires_at),
    created_at: toIso(row.created_at),
  }
}
