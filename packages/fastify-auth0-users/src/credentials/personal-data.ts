import type { DbOrTrx, Trx } from '../db/handle.ts'
import { deleteApiTokens, selectApiTokens } from './api-token.repository.ts'
import { type ApiToken, toApiToken } from './api-token.service.ts'
import { deleteSessions, selectAllSessions } from './session.repository.ts'
import { type Session, toSession } from './session.service.ts'

export interface ExportedCredentials {
  readonly api_tokens: readonly ApiToken[]
  readonly sessions: readonly Session[]
}

/** All that this module holds on a user, for the export; no secret and no hash of one. */
export async function exportFor(db: DbOrTrx, userId: string): Promise<ExportedCredentials> {
  const tokens = await selectApiTokens(db, userId)
  const sessions = await selectAllSessions(db, userId)
  return { api_tokens: tokens.map(toApiToken), sessions: sessions.map(toSession) }
}

/** Removes the person's API tokens and sessions. Idempotent; resolves to how many there were. */
export async function eraseFor(trx: Trx, userId: string): Promise<number> {
  const sessions = await deleteSessions(trx, { userId })
  return sessions.length + (await deleteApiTokens(trx, userId))
}

/** The same, for the removal of a person. */
export async function anonymiseFor(trx: Trx, userId: string): Promise<void> {
  await eraseFor(trx, userId)
}
