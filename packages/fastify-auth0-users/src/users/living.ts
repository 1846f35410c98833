import { createHash } from 'node:crypto'
import type { ActingCredential, Actor } from '../audit/event.ts'
import type { DbOrTrx, Trx } from '../db/handle.ts'
import { Auth0UsersError, type ErrorCode } from '../errors.ts'
import { isUuid } from '../lib/text.ts'
import {
  isEndedSid,
  type LivingRow,
  lockEndedSid,
  lockUsers,
  readUsers,
  selectApiToken,
  selectSession,
} from './living.repository.ts'

/** A user whose row is held until the transaction ends: neither erased nor unknown. */
export type LivingUser = Pick<LivingRow, 'id' | 'is_active' | 'is_staff' | 'is_superuser' | 'is_platform'>

/** What a change is about, and who makes it. */
export interface LivingChange {
  /** Whose record changes. */
  readonly userId: string
  /** Where it carries a credential, that credential is checked again. */
  readonly actor: Actor
  /**
   * `authority`: it makes a session, an API token, a grant, a link or the like, which a session that was logged out at
   * Auth0 must not; `data`: it writes personal data.
   */
  readonly creates: 'authority' | 'data'
  /** Whether the user may be inactive, as one that staff edits may be [false]. */
  readonly inactive?: boolean
  /** The refusal where another user than the actor is unknown or erased [`A0U_NOT_FOUND`]. */
  readonly unknown?: ErrorCode
}

/** Both users of a change; `acting` is null where no credential stands behind it. */
export interface LivingPair {
  readonly user: LivingUser
  readonly acting: LivingUser | null
}

/**
 * The one way to a change that creates authority or writes personal data. Locks the user, and the acting user, in the
 * order of their ids, and checks against the rows as they are now: neither is erased, both are active, and the
 * credential of the request still exists and began after `tokens_valid_after`. Then runs `work`. What was ended in
 * another process a moment ago therefore begins nothing here, whatever this process remembers.
 *
 * @throws Auth0UsersError 401 `A0U_TOKEN_REVOKED`, `A0U_SESSION_INVALID`, `A0U_API_TOKEN_INVALID`, `A0U_API_TOKEN_REVOKED`;
 *   403 `A0U_USER_UNKNOWN`, `A0U_USER_ERASED`, `A0U_USER_INACTIVE`; 404 `A0U_NOT_FOUND` or `change.unknown`.
 */
export async function withLivingUser<T>(
  trx: Trx,
  change: LivingChange,
  work: (pair: LivingPair) => Promise<T>,
): Promise<T> {
  const pair = await checked(trx, await lockUsers(trx, idsOf(change)), change)
  if (change.creates === 'authority') await requireRunningSid(trx, change.actor.credential?.sid ?? null)
  return await work(pair)
}

/** The same check without a lock, for transactions that only read, such as the export. */
export async function requireLivingReader(db: DbOrTrx, actor: Actor & { readonly actorId: string }): Promise<void> {
  const change: LivingChange = { userId: actor.actorId, actor, creates: 'data' }
  await checked(db, await readUsers(db, idsOf(change)), change)
}

/** Locks the users that live, in the order of their ids, where no credential is to be checked. */
export async function lockLiving(trx: Trx, ids: readonly string[]): Promise<ReadonlyMap<string, LivingUser>> {
  const rows = await lockUsers(trx, [...new Set(ids)].filter(isUuid))
  return new Map(rows.filter(({ erased }) => !erased).map(row => [row.id, row]))
}

/** Throws `A0U_TOKEN_REVOKED` where a session at Auth0 was logged out, so that nothing may begin with it. */
export async function requireRunningSid(trx: Trx, sid: string | null): Promise<void> {
  if (sid !== null && (await lockEndedSid(trx, sidHashOf(sid)))) throw new Auth0UsersError('A0U_TOKEN_REVOKED')
}

/** Whether a session at Auth0 was logged out. */
export async function wasLoggedOut(db: DbOrTrx, sid: string): Promise<boolean> {
  return await isEndedSid(db, sidHashOf(sid))
}

/** As ended sessions of Auth0 are kept. */
export function sidHashOf(sid: string): Buffer {
  return createHash('sha256').update(sid).digest()
}

function idsOf({ userId, actor }: LivingChange): string[] {
  const acting = actor.credential === undefined ? [] : [actor.actorId ?? '']
  return [...new Set([userId.toLowerCase(), ...acting])].filter(isUuid)
}

async function checked(db: DbOrTrx, rows: readonly LivingRow[], change: LivingChange): Promise<LivingPair> {
  const { userId, actor, unknown = 'A0U_NOT_FOUND' } = change
  const { credential } = actor
  const acting = credential === undefined ? null : await checkActing(db, rows, change, credential)
  const user = rows.find(({ id }) => id === userId.toLowerCase())
  if (user === undefined || user.erased) throw new Auth0UsersError(unknown)
  if (!user.is_active && change.inactive !== true) throw new Auth0UsersError('A0U_USER_INACTIVE')
  return { user, acting }
}

async function checkActing(
  db: DbOrTrx,
  rows: readonly LivingRow[],
  { actor }: LivingChange,
  credential: ActingCredential,
): Promise<LivingRow> {
  try {
    const row = rows.find(({ id }) => id === actor.actorId)
    if (row === undefined) throw new Auth0UsersError(goneCodes[actor.method ?? ''] ?? 'A0U_USER_UNKNOWN')
    if (row.erased) throw new Auth0UsersError('A0U_USER_ERASED')
    if (!row.is_active) throw new Auth0UsersError('A0U_USER_INACTIVE')
    await checkCredential(db, row, actor.method, credential)
    return row
  } catch (error) {
    if (error instanceof Auth0UsersError) credential.forget()
    throw error
  }
}

/** What a credential is refused with whose user is gone, for instance merged into another one. */
const goneCodes: Readonly<Record<string, ErrorCode>> = {
  session: 'A0U_SESSION_INVALID',
  token: 'A0U_API_TOKEN_INVALID',
}

async function checkCredential(
  db: DbOrTrx,
  { id: userId, tokensValidAfter }: LivingRow,
  method: string | null,
  { id, issuedAt }: ActingCredential,
): Promise<void> {
  if (issuedAt !== null && issuedAt < tokensValidAfter) throw new Auth0UsersError('A0U_TOKEN_REVOKED')
  if (method === 'session') {
    const session = await selectSession(db, id ?? '', userId)
    if (session === undefined || session.createdAt < tokensValidAfter) throw new Auth0UsersError('A0U_SESSION_INVALID')
  }
  if (method === 'token') {
    const token = await selectApiToken(db, id ?? '', userId)
    if (token === undefined) throw new Auth0UsersError('A0U_API_TOKEN_INVALID')
    if (token.revoked) throw new Auth0UsersError('A0U_API_TOKEN_REVOKED')
  }
}
