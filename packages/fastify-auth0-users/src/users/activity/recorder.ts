import type { Identity } from '../identity.ts'
import type { UserEntry } from '../memory/entry.ts'
import type { Users } from '../users.service.ts'
import type { Activity } from './activity.ts'

/**
 * The same service, noting who was seen. A person is noted when a token is turned into them, once in
 * the time that a token and its person are used without looking again, not at every request.
 * Closing it closes `activity` too.
 */
export function recordActivity(users: Users, activity: Activity): Users {
  function note(entry: UserEntry, { issuedAt }: Identity): void {
    const issued = issuedAt.getTime()
    if (entry.user.is_active && issued >= entry.tokensValidAfter) activity.seen(entry.user.id, issued)
  }

  return {
    ...users,
    get waiting() {
      return activity.waiting
    },
    current(identity) {
      const entry = users.current(identity)
      if (entry !== undefined) note(entry, identity)
      return entry
    },
    async resolve(identity, origin) {
      const entry = await users.resolve(identity, origin)
      note(entry, identity)
      return entry
    },
    async close() {
      await activity.close()
      await users.close()
    },
  }
}
