import type { Actor } from '../../audit/event.ts'
import type { Trx } from '../../db/handle.ts'

/** A user who was inserted a moment ago, by the same transaction. */
export interface Welcomed {
  readonly id: string
  readonly email: string | null
  readonly email_verified: boolean
  /** Who is recorded as the author: the user, or Auth0. */
  readonly actor: Actor
}

/** What other modules do for new users, in the transaction that creates them. */
export type Welcome = (trx: Trx, users: readonly Welcomed[]) => Promise<void>
