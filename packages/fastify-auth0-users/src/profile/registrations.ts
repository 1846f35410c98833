import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import type { Clock } from '../lib/clock.ts'
import { counter } from '../telemetry/index.ts'
import { missingFields } from './completion.ts'
import { type Registrant, selectMadeBetween } from './registrations.repository.ts'

/** `app.auth0Users.registrations`. */
export interface Registrations {
  /**
   * Counts the people whose registration was given up: their row became `after` seconds old in the last whole period
   * of `every` seconds (counted from the epoch), and their profile is still incomplete. For a job that runs once in
   * each period, on one process, no matter how late in it: then each of them is counted once. Adds to the counter
   * `registration.abandoned` and resolves to how many. Reads from the replica. Rejects with `A0U_OPTIONS_INVALID` or
   * `A0U_DATABASE_UNAVAILABLE`.
   */
  countAbandoned(terms: { readonly after: number; readonly every: number }): Promise<number>
}

export interface RegistrationsDeps {
  readonly databases: Databases
  /** What makes a profile complete. */
  readonly required: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: Clock
}

const addAbandoned = counter('registration.abandoned')

export function createRegistrations({ databases, required, now }: RegistrationsDeps): Registrations {
  return {
    async countAbandoned({ after, every }) {
      refuseFaults({ after, every })
      const to = Math.floor(now() / every / 1000) * every * 1000 - after * 1000
      let total = 0
      let last: string | null | undefined = null
      while (last !== undefined) {
        const behind: string | null = last
        const page: Registrant[] = await reaching(() =>
          selectMadeBetween(databases.replica, new Date(to - every * 1000), new Date(to), behind),
        )
        const abandoned = page.filter(person => missingFields(person, required).length > 0)
        if (abandoned.length > 0) addAbandoned({}, abandoned.length)
        total += abandoned.length
        last = page.at(-1)?.id
      }
      return total
    },
  }
}

function refuseFaults(terms: { readonly after: number; readonly every: number }): void {
  const faults = Object.entries(terms)
    .filter(([, seconds]) => !(Number.isFinite(seconds) && seconds > 0))
    .map(([field]) => ({ field, message: 'must be a number of seconds, more than 0' }))
  if (faults.length > 0) throw new Auth0UsersError('A0U_OPTIONS_INVALID', { faults })
}
