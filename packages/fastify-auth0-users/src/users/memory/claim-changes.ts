import type { Identity } from '../identity.ts'
import { changesOf, type UpdatePolicy, withoutEmail } from '../update.ts'
import type { UserChanges } from '../users.repository.ts'
import type { UserEntry } from './entry.ts'

/** What tokens change in rows, except addresses that turned out to be another user's. */
export interface ChangesOf {
  /** Undefined for nothing. */
  changes(entry: UserEntry, identity: Identity): UserChanges | undefined
  /** Remembers that the address of this identity is another user's, so that it is not tried at every load. */
  rememberTaken(identity: Identity, email: string): void
}

/** How many taken addresses are remembered. */
const maxTakenEmails = 1000

export function createChangesOf(policy: UpdatePolicy): ChangesOf {
  /** By identity. */
  const takenEmails = new Map<string, string>()

  return {
    changes(entry, identity) {
      const wanted = entry.user.is_active ? changesOf(entry, identity, policy) : undefined
      if (wanted?.email === undefined || wanted.email !== takenEmails.get(identity.subject)) return wanted
      const rest = withoutEmail(wanted)
      return Object.keys(rest).length === 0 ? undefined : rest
    },
    rememberTaken(identity, email) {
      if (takenEmails.size >= maxTakenEmails) takenEmails.clear()
      takenEmails.set(identity.subject, email)
    },
  }
}
