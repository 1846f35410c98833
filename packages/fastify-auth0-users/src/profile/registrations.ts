import type { Databases } from '../db/handle.ts'
import { reaching } from '../db/unavailable.ts'
import { Auth0UsersError } from '../errors.ts'
import { counter } from '../telemetry.ts'
import { missingFields } from './completion.ts'
import { type Registrant, selectMadeBetween } from './registrations.repository.ts'

/** `app.auth0Users.registrations`. */
export interface Registrations {
  /**
   * Counts the people whose registration was given up: their row is older than `after` seconds, their
   * profile is still incomplete, and that moment lies within the last `every` seconds. For a scheduler that
   * runs every `every` seconds, so that each of them is counted once, on one process. Adds to the counter
   * `registration.abandoned` and answers how many. Reads from the replica. Rejects with `A0U_OPTIONS_INVALID` or `A0U_DATABASE_UNAVAILABLE`.
   */
  countAbandoned(terms: { readonly after: number; readonly every: number }): Promise<number>
}

export interface RegistrationsDeps {
  readonly databases: Databases
  /** What makes a profile complete. */
  readonly required: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

const countOne = counter('registration.abandoned', 'People whose profile was still incomplete when their time was over')

export function createRegistrations({ databases, required, now }: RegistrationsDeps): Registrations {
  return {
    async countAbandoned({ after, every }) {
      refuseFaults({ after, every })
      const to = now() - after * 1000
      let total = 0
      let last: string | null | undefined = null
      while (last !== undefined) {
        const behind: string | null = last
        const page: Registrant[] = await reaching(() =>
          selectMadeBetween(databases.replica, new Date(to - every * 1000), new Date(to), behind),
        )
        const abandoned = page.filter(person => missingFields(person, required).length > 0)
        for (const _ of abandoned) countOne()
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
