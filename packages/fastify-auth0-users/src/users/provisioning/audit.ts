import { type Actor, type AuditEvent, record } from '../../audit/audit.ts'
import type { Trx } from '../../db/handle.ts'
import type { Origin } from '../identity.ts'
import type { MadeUser } from '../users.repository.ts'
import type { Outcome } from './insert-user.ts'

type Made = Pick<MadeUser, 'id' | 'email' | 'first_name' | 'last_name'>

/** Writes what became of a new identity, in the transaction in which it did. */
export async function recordOutcome(trx: Trx, outcome: Outcome, origin: Origin): Promise<void> {
  if (outcome.kind === 'created') await record(trx, createdEvent(outcome.user, origin))
  if (outcome.kind === 'linked') {
    const event = { userId: outcome.userId, action: 'user.linked', fields: [] } as const
    await record(trx, { ...originActor(outcome.userId, origin), ...event })
  }
}

export function createdEvent(user: Made, origin: Origin): AuditEvent {
  const fields = (['email', 'first_name', 'last_name'] as const).filter(
    name => user[name] !== null && user[name] !== '',
  )
  return { ...originActor(user.id, origin), userId: user.id, action: 'user.created', fields }
}

/** What Auth0 pushed was not done by the person. */
export const pushed = 'auth0'

export function originActor(actorId: string | null, { method, requestId }: Origin): Actor {
  return { actorId: method === pushed ? null : actorId, method, requestId }
}
